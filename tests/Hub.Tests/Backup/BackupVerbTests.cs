using System.Net;
using System.Text.Json;
using FieldCrm.Hub.Supervision;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Backup;

/// <summary>The verbs as an operator types them, on a supervised instance.</summary>
[Trait("Category", "Slow")]
public sealed class BackupVerbTests
{
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task Given_an_instance_When_backed_up_changed_and_restored_Then_it_serves_what_the_backup_held()
    {
        await using var hub = new HubProcess();
        await hub.StartReadyAsync("--no-demo");
        var file = Path.Combine(hub.Directory, "backup.zip");
        var (before, after) = (await AddAsync(hub, "before"), "after");
        Assert.Equal(HttpStatusCode.OK, await ReportAsync(before));
        Assert.Equal(0, (await hub.RunAsync("backup", file)).ExitCode);
        Assert.Equal(ExitCode.Problem, (await hub.RunAsync("backup", file)).ExitCode);
        var lost = await AddAsync(hub, after);
        var server = hub.ServerId;

        var (code, output, error) = await hub.RunAsync("restore", file, "--yes", "--json");

        Assert.True(code == 0, error + hub.Output);
        Assert.True(JsonDocument.Parse(output).RootElement.GetProperty("ledgerVerified").GetBoolean());
        Assert.NotEqual(server, hub.ServerId);
        Assert.False(File.Exists(Path.Combine(hub.Directory, "maintenance")));
        var list = (await hub.RunAsync("device", "list")).Output;
        Assert.Contains("before", list, StringComparison.Ordinal);
        Assert.DoesNotContain(after, list, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await ReportAsync(before));
        Assert.Equal(HttpStatusCode.NotFound, await ReportAsync(lost));
        await LedgerIsVerifiedWithAndWithoutAServerAsync(hub, file);
    }

    [Fact]
    public async Task Given_a_restore_killed_in_the_middle_When_started_again_Then_it_says_so_and_a_repeated_restore_works()
    {
        await using var hub = new HubProcess();
        await hub.StartReadyAsync("--no-demo");
        var file = Path.Combine(hub.Directory, "backup.zip");
        Assert.Equal(0, (await hub.RunAsync("backup", file)).ExitCode);
        using (var restore = hub.StartVerb("restore", file, "--yes", "--data", hub.Directory))
        {
            while (await restore.StandardError.ReadLineAsync() is { } line && line != "restoring")
            {
            }
            restore.Kill();
            await restore.WaitForExitAsync();
        }
        await hub.SaysAsync("a restore was interrupted: ", StopDeadline);
        hub.AskToStop();
        Assert.Equal(0, await hub.ExitedAsync(StopDeadline));

        hub.Start();
        await hub.SaysAsync("a restore was interrupted: ", HubProcess.StartDeadline);
        Assert.False(await hub.IsReadyAsync());
        var (code, _, error) = await hub.RunAsync("restore", file, "--yes");

        Assert.True(code == 0, error);
        Assert.True(await hub.IsReadyAsync());
    }

    private static async Task LedgerIsVerifiedWithAndWithoutAServerAsync(HubProcess hub, string file)
    {
        var verified = await hub.RunAsync("ledger", "verify", "--tenant", "default", "--json");
        Assert.Equal(0, verified.ExitCode);
        var tenant = Assert.Single(JsonDocument.Parse(verified.Output).RootElement.GetProperty("tenants").EnumerateArray().ToArray());
        Assert.True(tenant.GetProperty("events").GetInt64() >= 2);
        Assert.Equal(ExitCode.Problem, (await hub.RunAsync("ledger", "verify", "--tenant", "nobody")).ExitCode);
        await TamperAsync(hub);

        hub.AskToStop();
        Assert.Equal(0, await hub.ExitedAsync(StopDeadline));
        var broken = await hub.RunAsync("ledger", "verify");
        Assert.Equal(ExitCode.Problem, broken.ExitCode);
        Assert.Contains("default: ledger.event-changed at ", broken.Error, StringComparison.Ordinal);
        Assert.Equal(0, hub.PostmasterId);
        Assert.Equal(ExitCode.NoServer, (await hub.RunAsync("backup", file, "--force")).ExitCode);
        Assert.Equal(ExitCode.NoServer, (await hub.RunAsync("restore", file, "--yes")).ExitCode);
    }

    private static async Task TamperAsync(HubProcess hub)
    {
        var paths = new InstancePaths(hub.Directory);
        var database = new InstanceDatabase(
            paths, Instance.Read(paths)!, InstanceSecrets.Read(paths), account: null, TimeProvider.System, _ => { });
        await using var owner = new NpgsqlConnection(database.Addresses.Owner);
        await owner.OpenAsync();
        await using var change = new NpgsqlCommand(
            "UPDATE event SET recorded_at = recorded_at - interval '1 hour' WHERE type = 'DeviceRegistered'", owner);
        Assert.Equal(1, await change.ExecuteNonQueryAsync());
    }

    private static async Task<Uri> AddAsync(HubProcess hub, string id)
    {
        var (code, output, error) = await hub.RunAsync("device", "add", id, "--json");
        Assert.True(code == 0, error);
        return new Uri(JsonDocument.Parse(output).RootElement.GetProperty("url").GetString()!);
    }

    private static async Task<HttpStatusCode> ReportAsync(Uri device)
    {
        using var http = new HttpClient();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        using var answer = await http.PostAsync(new Uri($"{device}lat=48.1&lon=11.5&timestamp={now}"), content: null);
        return answer.StatusCode;
    }
}
