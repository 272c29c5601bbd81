using System.Text.Json;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Supervision;

/// <summary>The demonstration fleet beside a real instance, as <c>run</c> starts it.</summary>
[Trait("Category", "Slow")]
public sealed class DemoFleetTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Given_a_first_start_Then_sixty_vehicles_report_and_their_past_comes_late_And_a_killed_server_gets_what_waited()
    {
        DemoRoads.Ensure();
        await using var hub = new HubProcess { DrivesDemo = true };
        await hub.StartReadyAsync();

        await Eventually.TrueAsync(() => Acknowledged(hub) > 500, Deadline, () => hub.Output);
        var (code, output, error) = await hub.RunAsync("device", "list", "--json");
        Assert.True(code == 0, error);
        Assert.Equal(60, Devices(output).Count(id => id.StartsWith("demo-", StringComparison.Ordinal)));

        HubProcess.Kill(hub.ServerId);
        await hub.SaysAsync("the server is back", Deadline);
        var before = Acknowledged(hub);
        await Eventually.TrueAsync(() => Acknowledged(hub) > before + 200, Deadline, () => hub.Output);

        // What the sender counts as acknowledged, and one track of it as the product has it.
        var (exported, track, _) = await hub.RunAsync("track", "export", "demo-courier-03", "--format", "geojson");
        Assert.Equal(0, exported);
        using var geojson = JsonDocument.Parse(track);
        Assert.True(geojson.RootElement.GetProperty("features").GetArrayLength() > 3);

        hub.AskToStop();
        Assert.Equal(0, await hub.ExitedAsync(Deadline));
    }

    private static long Acknowledged(HubProcess hub)
    {
        var counts = Path.Combine(hub.Directory, "demo", "counts.json");
        if (!File.Exists(counts))
            return 0;
        using var json = JsonDocument.Parse(File.ReadAllBytes(counts));
        return json.RootElement.GetProperty("acknowledged").GetInt64();
    }

    private static List<string> Devices(string output)
    {
        using var json = JsonDocument.Parse(output);
        return [.. json.RootElement.GetProperty("devices").EnumerateArray().Select(d => d.GetProperty("id").GetString()!)];
    }
}
