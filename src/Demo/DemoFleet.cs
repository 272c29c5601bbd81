namespace FieldCrm.Demo;

/// <summary>Where a fleet keeps what it must not forget.</summary>
/// <param name="StateFile">See <see cref="DemoState"/>.</param>
/// <param name="CountsFile">See <see cref="DemoCounts"/>; written every few seconds.</param>
/// <param name="JournalFile">See <see cref="Journal"/>; written every second.</param>
public sealed record DemoFiles(string StateFile, string CountsFile, string JournalFile);

/// <summary>
/// Sixty vehicles on the streets of Montevideo, from now on until told to stop, and the last 24 hours sent late. It knows the
/// URLs that its devices were given and nothing else of the server.
/// </summary>
public sealed class DemoFleet(
    RoadGraph graph, IReadOnlyDictionary<string, Uri> addresses, HttpClient http, DemoFiles files, TimeProvider time,
    Action<string> say) : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private const int SaveEverySeconds = 5;

    // A fleet that was switched off for longer was parked: nothing is made up for the time between.
    private const int LongestGapSeconds = 6 * 3_600;

    private readonly Lock _saving = new();
    private readonly Sender _sender = new(http);
    private readonly Journal _journal = new(files.JournalFile, time);
    private DemoCounter? _counted;
    private DemoState _state = new(0, 0, 0, 0);

    private DemoCounter Counter => _counted ??= new DemoCounter(
        DemoFile.Read(files.CountsFile, DemoJson.Default.DemoCounts) ?? new DemoCounts(0, 0, 0), _journal);

    public void Dispose() => _journal.Dispose();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        _state = DemoFile.Read(files.StateFile, DemoJson.Default.DemoState) ?? new DemoState(now - History.Hours * 3_600L, now, 0, now);
        if (_state.LiveThroughUnixSeconds < now - LongestGapSeconds)
            _state = _state with { LiveThroughUnixSeconds = now };
        DemoFile.Write(files.StateFile, _state, DemoJson.Default.DemoState);
        await Task.WhenAll(DriveAsync(cancellationToken), CatchUpAsync(cancellationToken));
    }

    private async Task DriveAsync(CancellationToken cancellationToken)
    {
        var planner = new RoutePlanner(graph);
        var fleet = Vehicles.All.Where(v => addresses.ContainsKey(v.Id))
            .Select(v => new LiveVehicle(graph, v, addresses[v.Id], _sender)).ToList();
        foreach (var vehicle in fleet)
            vehicle.Begin(_state.LiveThroughUnixSeconds);
        var sending = fleet.ToDictionary(v => v, _ => Task.CompletedTask);
        var told = new HashSet<LiveVehicle>();
        using var tick = new PeriodicTimer(Tick, time);
        var stint = Stints.Of(_state.LiveThroughUnixSeconds);
        do
        {
            var now = time.GetUtcNow().ToUnixTimeSeconds();
            foreach (var vehicle in fleet)
            {
                if (!sending[vehicle].IsCompleted)
                    continue; // still waiting for an answer
                await sending[vehicle]; // a defect comes through here
                Advance(vehicle, planner, now, stint);
                sending[vehicle] = vehicle.SendAsync(now, Counter, cancellationToken);
                if (vehicle.WasRefused && told.Add(vehicle))
                    say($"{vehicle.Vehicle.Id} is refused by the server and stays silent from now on");
            }
            _journal.Flush();
            if (now % SaveEverySeconds == 0)
                Save(fleet);
        }
        while (await tick.WaitForNextTickAsync(cancellationToken));
    }

    private static void Advance(LiveVehicle vehicle, RoutePlanner planner, long now, long firstStint)
    {
        if (!vehicle.HasStint)
            vehicle.Prepare(planner, firstStint);
        while (vehicle.Measure(now))
            vehicle.Prepare(planner, vehicle.Stint + 1);
    }

    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        var history = new History(graph, _sender, addresses, time);
        for (var hour = _state.HistoryHoursDone; hour < History.Hours; hour++)
        {
            await history.SendHourAsync(_state, hour, Counter, cancellationToken);
            lock (_saving)
            {
                _state = _state with { HistoryHoursDone = hour + 1 };
                DemoFile.Write(files.StateFile, _state, DemoJson.Default.DemoState);
            }
            if ((hour + 1) % 6 == 0)
                say($"demonstration: {hour + 1} of {History.Hours} hours of yesterday's drives are in");
        }
    }

    private void Save(List<LiveVehicle> fleet)
    {
        lock (_saving)
        {
            _state = _state with { LiveThroughUnixSeconds = fleet.Count == 0 ? 0 : fleet.Min(v => v.ThroughUnixSeconds) };
            DemoFile.Write(files.StateFile, _state, DemoJson.Default.DemoState);
            DemoFile.Write(files.CountsFile, Counter.Counts, DemoJson.Default.DemoCounts);
        }
    }
}
