using System.Globalization;
using FieldCrm.LoadTests.Fleet;
using FieldCrm.LoadTests.Processes;
using FieldCrm.LoadTests.Throughput;

namespace FieldCrm.LoadTests.Faults;

/// <summary>How long phones wait when the server of a large fleet is killed: the time to the first acknowledged fix.</summary>
internal sealed class RecoveryBench(int known, int active, int repeats, TimeProvider time, TextWriter output)
{
    private const double BoundMs = 5_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private static readonly Figures Kept = new(
        "recovery", "date", "machine", "commit", "known_devices", "active_devices", "kill", "kill_to_first_ack_ms", "bound_ms");

    /// <returns>0 when every time kept the bound.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using var product = await ProductInstance.StartAsync(withFailpoints: false, cancellationToken);
        output.WriteLine($"registering {known} devices by import");
        var devices = await new Registration(product).AddAsync("known", known, cancellationToken);
        output.WriteLine($"making {active} of them active");
        var day = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(-1);
        var fleet = devices[..active];
        var tracks = new TrackSource(active, seed: 1, day);
        using (var load = new ProductLoad(product.Files.HttpPort, fleet, tracks, connections: 64, perRequest: 10, day))
        {
            await load.WarmUpAsync(roundsOfTheFleet: 2, cancellationToken); // grains stay active for minutes
        }
        var missed = 0;
        for (var kill = 1; kill <= repeats; kill++)
        {
            var waited = await KillOnceAsync(product, fleet, kill, day, cancellationToken);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"kill {kill}: first acknowledged fix after {waited.TotalMilliseconds:0} ms (bound {BoundMs:0} ms)"));
            missed += waited.TotalMilliseconds > BoundMs ? 1 : 0;
            Kept.Append(
                time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), Machine.Describe(), Machine.Commit(),
                known, active, kill, Math.Round(waited.TotalMilliseconds), BoundMs);
        }
        return missed;
    }

    // Phones keep trying while the server is away; the clock runs from the kill.
    private static async Task<TimeSpan> KillOnceAsync(
        ProductInstance product, FleetDevice[] fleet, int kill, DateOnly day, CancellationToken cancellationToken)
    {
        var startMicros = (day.ToDateTime(new TimeOnly(12 + kill, 0), DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var some = fleet.Take(500).ToArray();
        var sender = new Sender(product.Files.HttpPort, some, SeededTraffic.Of(kill, some.Length, startMicros));
        sender.CloseGateAt(0.5);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Deadline);
        var sending = sender.RunAsync(limit.Token);
        await Wait.UntilAsync(() => sending.IsCompleted || sender.Progress >= 0.3, Deadline, "traffic goes on", limit.Token);
        Signals.KillAtOnce(product.ServerProcessId);
        var first = sender.WatchFirstAcknowledgement();
        sender.OpenGate();
        await Task.WhenAny(first, sending);
        await (first.IsCompleted ? first : sending);
        var waited = await first;
        await sending;
        return waited;
    }
}
