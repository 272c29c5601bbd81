using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using FieldCrm.Core.Devices;
using FieldCrm.LoadTests.Faults;
using FieldCrm.LoadTests.Fleet;
using FieldCrm.LoadTests.Processes;
using FieldCrm.Silo;
using FieldCrm.TestKit;

namespace FieldCrm.Faults;

/// <summary>
/// A process that stands still is not dead: when it goes on, another has taken over. It is fenced, and whatever it still
/// holds in its hands reaches neither the database nor an answer.
/// </summary>
[Trait("Category", "Slow")]
[Collection(ProductCollection.Name)]
public sealed class PausedServerTests(SharedProduct shared)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly PlannedFix Fix = new(
        TimeProvider.System.GetUtcNow().AddHours(-1).ToUnixTimeSeconds() * 1_000_000, -348_000_000, -561_000_000, 0, AlarmKind.None);

    private ProductInstance Product => shared.Product;

    [Theory]
    [InlineData(Failpoints.BeforeCopy)]
    [InlineData(Failpoints.BeforeCommit)]
    public async Task Given_a_paused_server_When_another_took_over_and_it_resumes_Then_it_commits_nothing(string heldAt)
    {
        var device = (await new Registration(Product).AddAsync(shared.NextName(), 1, CancellationToken.None))[0];
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Product.Files.HttpPort}"), Timeout = Deadline };
        var held = Path.Combine(Product.FailpointDirectory, heldAt);
        await File.WriteAllTextAsync(held + ".arm", "");
        var answer = PostAsync(http, device, Fix);
        await Eventually.TrueAsync(() => File.Exists(held + ".held"), Deadline);
        var paused = Product.ServerProcessId;
        Signals.Pause(paused);

        await using (var successor = await SecondServer.StartAsync(Product.Files))
        {
            File.Delete(held + ".held");
            Signals.Resume(paused);

            // Not acknowledged: refused, or cut off because the fenced process ended itself.
            Assert.NotEqual(HttpStatusCode.OK, await answer);
            Assert.Equal(0, await StoredAsync(device));

            // Whatever it tries next tells it that it is fenced, and it ends.
            await Eventually.TrueAsync(async () =>
            {
                var status = await PostAsync(http, device, Fix);
                var isGone = !ProcessFiles.IsAlive(paused);
                Assert.True(isGone || status != HttpStatusCode.OK, "a fenced process acknowledged a fix");
                return isGone;
            }, Deadline);
        }

        // The phone sends it again, to whoever serves now.
        HttpStatusCode again = default;
        await Eventually.TrueAsync(async () => (again = await PostAsync(http, device, Fix)) == HttpStatusCode.OK, Deadline, () => again.ToString());
        Assert.Equal(1, await StoredAsync(device));
    }

    private static async Task<HttpStatusCode> PostAsync(HttpClient http, FleetDevice device, PlannedFix fix)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/fixes")
        {
            Content = new StringContent(new PlannedRequest(RequestForm.Batch, [fix]).BatchBody(), Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new("Bearer", device.Token);
        try
        {
            using var response = await http.SendAsync(request);
            return response.StatusCode;
        }
        catch (Exception cut) when (cut is HttpRequestException or TaskCanceledException)
        {
            return default;
        }
    }

    private async Task<long> StoredAsync(FleetDevice device)
    {
        await using var command = Product.Database.CreateCommand("SELECT count(*) FROM fieldcrm.fix WHERE device_id = $1");
        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = device.Id });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Another server on the same database, from a directory of its own: as on another machine.</summary>
    private sealed class SecondServer(Process process, string directory) : IAsyncDisposable
    {
        public static async Task<SecondServer> StartAsync(InstanceFiles first)
        {
            var directory = Directory.CreateTempSubdirectory("fieldcrm-second-").FullName;
            var instance = JsonNode.Parse(await File.ReadAllTextAsync(first.InstanceFile))!.AsObject();
            var port = FreePort();
            instance["port"] = port;
            instance["siloPort"] = FreePort();
            await File.WriteAllTextAsync(Path.Combine(directory, "instance.json"), instance.ToJsonString());
            File.Copy(first.SecretsFile, Path.Combine(directory, "secrets.json"));
            File.Copy(Path.Combine(first.Directory, "operator.credential"), Path.Combine(directory, "operator.credential"));
            var process = Process.Start(ProductCommand.Create("serve", "--data", directory))!;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            var second = new SecondServer(process, directory);
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = Deadline };
            await Eventually.TrueAsync(() => IsReadyAsync(http), Deadline);
            return second;
        }

        public async ValueTask DisposeAsync()
        {
            if (!process.HasExited)
                Signals.KillAtOnce(process.Id);
            await process.WaitForExitAsync();
            process.Dispose();
            Directory.Delete(directory, recursive: true);
        }

        private static async Task<bool> IsReadyAsync(HttpClient http)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }

        private static int FreePort()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
    }
}
