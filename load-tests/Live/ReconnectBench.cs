using System.Globalization;
using FieldCrm.Core.Live;
using FieldCrm.Dispatch.Live;
using FieldCrm.LoadTests.Faults;
using FieldCrm.LoadTests.Fleet;
using FieldCrm.LoadTests.Processes;
using FieldCrm.LoadTests.Throughput;

namespace FieldCrm.LoadTests.Live;

/// <summary>
/// The server is killed again and again under a watching console (its own follower of events, and the protocol of its map). In the
/// end every event of the fleet's ledger has come to it once and in order, and its picture of units is that of a console which came
/// after everything.
/// </summary>
internal sealed class ReconnectBench(int kills, TimeProvider time, TextWriter output)
{
    private const int DevicesPerKill = 40;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly Figures Kept = new(
        "reconnect", "date", "machine", "commit", "kills", "devices", "events", "missing", "twice", "out_of_order", "units", "unit_differences", "longest_silence_ms");

    private readonly Lock _lock = new();
    private readonly List<(string Stream, long Version)> _seen = [];
    private DateTimeOffset _newestRecordedAt;
    private int _snapshots;

    /// <returns>0 when nothing differs.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using var product = await ProductInstance.StartAsync(withFailpoints: false, cancellationToken);
        var (port, credential) = (product.Files.HttpPort, (await File.ReadAllTextAsync(Path.Combine(product.Files.Directory, "operator.credential"), cancellationToken)).Trim());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var follower = new EventFollower(new Uri($"http://127.0.0.1:{port}/live/events"), () => Task.FromResult<string?>(credential));
        follower.Happened += Note;
        follower.StartedOver += () => Interlocked.Increment(ref _snapshots);
        var watcher = new UnitsWatcher(port, credential);
        Task[] watching = [follower.RunAsync(stop.Token), watcher.RunAsync(stop.Token)];
        try
        {
            await Wait.UntilAsync(() => Volatile.Read(ref _snapshots) == 1 && watcher.Connections == 1, Patience, "the console follows", cancellationToken);
            List<FleetDevice> fleet = [];
            var longest = TimeSpan.Zero;
            for (var kill = 1; kill <= kills; kill++)
            {
                var silence = await KillUnderTrafficAsync(product, fleet, kill, cancellationToken);
                longest = silence > longest ? silence : longest;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"kill {kill}: the console hears of the first event after it {silence.TotalMilliseconds:0} ms later"));
            }
            return await JudgeAsync(product, fleet, watcher, longest, (port, credential), cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(watching).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private void Note(LiveEvent item)
    {
        lock (_lock)
        {
            _seen.Add((item.Stream, item.Version));
            _newestRecordedAt = item.RecordedAt > _newestRecordedAt ? item.RecordedAt : _newestRecordedAt;
        }
    }

    private DateTimeOffset NewestRecordedAt
    {
        get
        {
            lock (_lock)
                return _newestRecordedAt;
        }
    }

    private async Task<TimeSpan> KillUnderTrafficAsync(ProductInstance product, List<FleetDevice> fleet, int kill, CancellationToken cancellationToken)
    {
        var devices = await new Registration(product).AddAsync($"reconnect-{kill}", DevicesPerKill, cancellationToken);
        fleet.AddRange(devices);
        var start = (time.GetUtcNow().UtcDateTime.Date.AddDays(-1).AddHours(9) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var sender = new Sender(product.Files.HttpPort, devices, SeededTraffic.Of(kill, devices.Length, start));
        sender.CloseGateAt(0.8);
        var sending = sender.RunAsync(cancellationToken);
        var at = 0.1 + 0.6 * new Random(kill).NextDouble();
        await Wait.UntilAsync(() => sending.IsCompleted || sender.Progress >= at, Patience, "traffic goes on", cancellationToken);
        var (killed, killedAt) = (time.GetTimestamp(), time.GetUtcNow());
        Signals.KillAtOnce(product.ServerProcessId);
        sender.OpenGate();
        // Recorded after it: what was on its way when the server died does not count.
        await Wait.UntilAsync(() => sending.IsFaulted || NewestRecordedAt > killedAt, Patience, "events come again", cancellationToken);
        var silence = time.GetElapsedTime(killed);
        await sending.WaitAsync(Patience, cancellationToken);
        return silence;
    }

    private async Task<int> JudgeAsync(
        ProductInstance product, List<FleetDevice> fleet, UnitsWatcher watcher, TimeSpan longest, (int Port, string Credential) server,
        CancellationToken cancellationToken)
    {
        await Wait.UntilAsync(
            async () => (await StoredFleet.PendingAsync(product.Database, [.. fleet], cancellationToken)).Length == 0,
            TimeSpan.FromMilliseconds(200), Patience, "everything comes to rest", cancellationToken);
        var streams = fleet.Select(device => $"device/{device.Id}").ToHashSet(StringComparer.Ordinal);
        var stored = await StoredAsync(product, streams, cancellationToken);
        await Wait.UntilAsync(() => Seen(streams).Distinct().Count() >= stored.Count, Patience, "the console has as many events as the ledger", cancellationToken);
        var seen = Seen(streams);
        var missing = stored.Except(seen).Count();
        var twice = seen.Count - seen.Distinct().Count();
        var unordered = seen.GroupBy(e => e.Stream).Count(stream => !stream.Select(e => e.Version).SequenceEqual(stream.Select(e => e.Version).Order()));

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var late = new UnitsWatcher(server.Port, server.Credential);
        var looking = late.RunAsync(limit.Token);
        await Wait.UntilAsync(() => late.Picture.Count == fleet.Count, Patience, "a console that comes now sees every unit", cancellationToken);
        var (mine, theirs) = (watcher.Picture, late.Picture);
        var differences = theirs.Count(unit => !mine.TryGetValue(unit.Key, out var shown) || shown != unit.Value) + mine.Keys.Except(theirs.Keys).Count();
        await limit.CancelAsync();
        await looking;

        output.WriteLine($"{kills} kills, {stored.Count} events of {fleet.Count} devices: {missing} missing, {twice} twice, {unordered} streams out of order; "
            + $"{differences} of {theirs.Count} units differ; {watcher.Connections} connections of the map; longest silence {longest.TotalMilliseconds:0} ms");
        Kept.Append(
            time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), Machine.Describe(), Machine.Commit(), kills, fleet.Count,
            stored.Count, missing, twice, unordered, theirs.Count, differences, Math.Round(longest.TotalMilliseconds));
        return missing + twice + unordered + differences;
    }

    private List<(string Stream, long Version)> Seen(HashSet<string> streams)
    {
        lock (_lock)
            return [.. _seen.Where(item => streams.Contains(item.Stream))];
    }

    // Read past the product: the ledger as it stands.
    private static async Task<List<(string Stream, long Version)>> StoredAsync(ProductInstance product, HashSet<string> streams, CancellationToken cancellationToken)
    {
        await using var command = product.Database.CreateCommand("SELECT stream, version FROM fieldcrm.event");
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        List<(string, long)> stored = [];
        while (await row.ReadAsync(cancellationToken))
        {
            if (streams.Contains(row.GetString(0)))
                stored.Add((row.GetString(0), row.GetInt64(1)));
        }
        return stored;
    }
}
