using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Supervision;

/// <summary>
/// A real volume that is full: PostgreSQL itself meets the end of it. Only root may mount one; started as anybody else these ask nothing.
/// </summary>
[Trait("Category", "Slow")]
public sealed class FullDiskTests
{
    private const int FixesABatch = 500;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private static readonly DateTime Noon = TimeProvider.System.GetUtcNow().UtcDateTime.Date.AddDays(-1).AddHours(12);

    [Fact]
    public async Task Given_a_volume_that_fills_under_traffic_When_there_is_room_again_Then_all_that_was_acknowledged_is_stored_once()
    {
        if (!Volume.CanMount)
            return;
        await using var volume = await Volume.MountAsync(megabytes: 768);
        await using var hub = new HubProcess(volume.Directory);
        await hub.StartReadyAsync();
        using var phone = await PhoneAsync(hub);
        var acknowledged = 0;
        Assert.Equal(HttpStatusCode.OK, await SendAsync(phone, acknowledged++));

        await volume.ShrinkAsync();
        var line = $"the disk under {hub.Directory} is full (";
        await hub.SaysAsync(line, Deadline);
        // What PostgreSQL has at hand takes a little more.
        HttpStatusCode answer;
        while ((answer = await SendAsync(phone, acknowledged)) == HttpStatusCode.OK)
            Assert.InRange(++acknowledged, 0, 2_000);
        Assert.True(answer is HttpStatusCode.ServiceUnavailable or 0, $"{answer}");
        var doctor = await hub.RunAsync("doctor");
        Assert.Equal(ExitCode.Problem, doctor.ExitCode);
        Assert.Contains($"PROBLEM  disk         The disk under {hub.Directory} is full (", doctor.Output, StringComparison.Ordinal);
        Assert.Contains(" MB needed): free some, or choose another place with --data DIR.", doctor.Output, StringComparison.Ordinal);

        await volume.GrowAsync();
        await hub.SaysAsync($"the disk under {hub.Directory} has room again (", Deadline);
        await Eventually.TrueAsync(async () => await SendAsync(phone, acknowledged) == HttpStatusCode.OK, Deadline, () => hub.Output);
        acknowledged++;

        Assert.Equal(Enumerable.Range(0, acknowledged * FixesABatch).Select(fix => Noon.AddSeconds(fix)), await StoredAsync(hub));
        var told = hub.Output.Split('\n').Single(said => said.StartsWith(line, StringComparison.Ordinal));
        Assert.EndsWith(" MB free): free some. Until then positions are refused and devices keep them; what was acknowledged is safe", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_volume_of_a_few_megabytes_When_started_Then_one_line_says_what_is_needed_and_nothing_is_made()
    {
        if (!Volume.CanMount)
            return;
        await using var volume = await Volume.MountAsync(megabytes: 8);
        await using var hub = new HubProcess(volume.Directory);

        var (code, output, error) = await hub.RunAsync("run");

        Assert.Equal((ExitCode.Problem, ""), (code, output));
        Assert.Matches($@"^The disk under {hub.Directory} is full \([78] MB free, 500 MB needed\): free some, or choose another place with --data DIR\.\n$", error);
        Assert.False(Directory.Exists(Path.Combine(hub.Directory, "postgres")));
    }

    private static async Task<HttpClient> PhoneAsync(HubProcess hub)
    {
        var added = await hub.RunAsync("device", "add", "van", "--json");
        using var json = JsonDocument.Parse(added.Output);
        var phone = new HttpClient { BaseAddress = hub.Address, Timeout = TimeSpan.FromSeconds(15) };
        phone.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", json.RootElement.GetProperty("token").GetString());
        return phone;
    }

    /// <summary>The status, or 0 when nobody answers.</summary>
    private static async Task<HttpStatusCode> SendAsync(HttpClient phone, int batch)
    {
        var body = new StringBuilder("{\"fixes\":[");
        for (var fix = batch * FixesABatch; fix < (batch + 1) * FixesABatch; fix++)
        {
            body.Append(CultureInfo.InvariantCulture, $"{(fix % FixesABatch == 0 ? "" : ",")}{{\"fixedAt\":\"{Noon.AddSeconds(fix):yyyy-MM-dd'T'HH:mm:ss'Z'}\",\"lat\":48.1")
                .Append(CultureInfo.InvariantCulture, $",\"lon\":11.{fix % 100:00}}}");
        }
        using var content = new StringContent(body.Append("]}").ToString(), Encoding.UTF8, "application/json");
        try
        {
            using var answer = await phone.PostAsync(new Uri("/api/v1/fixes", UriKind.Relative), content);
            return answer.StatusCode;
        }
        catch (Exception gone) when (gone is HttpRequestException or TaskCanceledException)
        {
            return 0;
        }
    }

    private static async Task<List<DateTime>> StoredAsync(HubProcess hub)
    {
        var paths = new InstancePaths(hub.Directory);
        var addresses = DatabaseAddresses.For(
            "127.0.0.1", Instance.Read(paths)!.PostgresPort, DatabaseBootstrap.Database, InstanceSecrets.Read(paths).Passwords);
        await using var database = NpgsqlDataSource.Create(addresses.Silo);
        await using var command = database.CreateCommand("SELECT fixed_at FROM fieldcrm.fix ORDER BY fixed_at");
        await using var row = await command.ExecuteReaderAsync();
        var stored = new List<DateTime>();
        while (await row.ReadAsync())
            stored.Add(row.GetDateTime(0));
        return stored;
    }

    /// <summary>A file system in memory with an end. A shell that waits for this process takes it away again, however this ends.</summary>
    private sealed class Volume(string directory, int megabytes, Process watchdog) : IAsyncDisposable
    {
        private const long Kilobyte = 1024;

        public static bool CanMount { get; } = Environment.IsPrivilegedProcess;

        public string Directory => directory;

        public static async Task<Volume> MountAsync(int megabytes)
        {
            var directory = TemporaryDirectory.Create("volume");
            var owner = Account.ForChildren("/nonexistent", _ => { })?.UserId ?? 0;
            // Not by its command line: whatever names the directory there is ended with the instance.
            var watchdog = Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", "cat; umount -l \"$VOLUME\"; rmdir \"$VOLUME\""])
            {
                RedirectStandardInput = true, RedirectStandardError = true, Environment = { ["VOLUME"] = directory },
            })!;
            await RunAsync("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m,mode=0700,uid={owner}"), "tmpfs", directory);
            return new Volume(directory, megabytes, watchdog);
        }

        /// <summary>Hardly anything is left of it.</summary>
        public async Task ShrinkAsync()
        {
            var drive = new DriveInfo(directory);
            var used = (drive.TotalSize - drive.TotalFreeSpace) / Kilobyte + 512; // what is written meanwhile
            await RunAsync("mount", "-o", string.Create(CultureInfo.InvariantCulture, $"remount,size={used}k"), directory);
        }

        public Task GrowAsync() => RunAsync("mount", "-o", string.Create(CultureInfo.InvariantCulture, $"remount,size={megabytes}m"), directory);

        public async ValueTask DisposeAsync()
        {
            watchdog.StandardInput.Close();
            await watchdog.WaitForExitAsync();
            watchdog.Dispose();
            Assert.False(System.IO.Directory.Exists(directory), "the volume is still mounted");
        }

        private static async Task RunAsync(string program, params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var error = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error}");
        }
    }
}
