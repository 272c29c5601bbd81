namespace FieldCrm.Demo;

/// <summary>
/// One vehicle's phone, now: what it measured and could not send waits in a bounded store and goes first, in order, as soon
/// as there is network and the server answers.
/// </summary>
internal sealed class LiveVehicle(RoadGraph graph, Vehicle vehicle, Uri address, Sender sender)
{
    // A phone's own store: half a day at the live pace.
    private const int MaxWaiting = 15_000;

    // One vehicle that was away must not hold up the others' second.
    private const int MaxSendsAtOnce = 200;

    private readonly Queue<Reading> _waiting = new();
    private List<Reading> _readings = [];
    private long _stint = long.MinValue;
    private int _next;
    private bool _hasNetwork = true;

    public Vehicle Vehicle => vehicle;

    /// <summary>Everything measured up to here was acknowledged or given up.</summary>
    public long ThroughUnixSeconds { get; private set; }

    public bool HasStint => _stint != long.MinValue;

    /// <summary>The stint that is worked out.</summary>
    public long Stint => _stint;

    public void Begin(long throughUnixSeconds) => ThroughUnixSeconds = throughUnixSeconds;

    public void Prepare(RoutePlanner planner, long stint)
    {
        _readings = Phone.Readings(vehicle, stint, Stints.Live(graph, planner, vehicle, stint), Phone.LiveIntervalSeconds);
        _stint = stint;
        _next = 0;
    }

    /// <summary>Measures up to <paramref name="now"/>. Returns whether the end of the prepared stint was passed.</summary>
    public bool Measure(long now)
    {
        for (; _next < _readings.Count && _readings[_next].UnixSeconds <= now; _next++)
        {
            if (_readings[_next].UnixSeconds <= ThroughUnixSeconds)
                continue;
            if (_waiting.Count == MaxWaiting)
                _waiting.Dequeue();
            _waiting.Enqueue(_readings[_next]);
            _hasNetwork = _readings[_next].HasNetwork;
        }
        return now >= Stints.StartOf(_stint + 1);
    }

    /// <summary>Sends what waits. One request after the other, as a phone does.</summary>
    public async Task SendAsync(long now, DemoCounter counter, CancellationToken cancellationToken)
    {
        if (!_hasNetwork)
            return; // the phone is where no network is, wherever it measured what waits
        for (var sent = 0; sent < MaxSendsAtOnce && !WasRefused && _waiting.TryPeek(out var oldest); sent++)
        {
            var receipt = await sender.SendAsync(address, oldest, cancellationToken);
            counter.Count(receipt, vehicle.Id, oldest);
            if (receipt == Receipt.Repeat)
                return;
            WasRefused = receipt == Receipt.Refused;
            _waiting.Dequeue();
            ThroughUnixSeconds = oldest.UnixSeconds;
        }
        if (WasRefused)
            _waiting.Clear();
        if (_waiting.Count == 0)
            ThroughUnixSeconds = Math.Max(ThroughUnixSeconds, now);
    }

    /// <summary>Said once when the server refuses this vehicle for good: it was disabled, or given another token.</summary>
    public bool WasRefused { get; private set; }
}

/// <summary>Counts what was answered and notes it; shared by all senders.</summary>
internal sealed class DemoCounter(DemoCounts before, Journal journal)
{
    private long _acknowledged = before.Acknowledged, _repeated = before.Repeated, _refused = before.Refused;

    public DemoCounts Counts => new(
        Interlocked.Read(ref _acknowledged), Interlocked.Read(ref _repeated), Interlocked.Read(ref _refused));

    public void Count(Receipt receipt, string vehicle, Reading reading)
    {
        Interlocked.Increment(
            ref receipt == Receipt.Acknowledged ? ref _acknowledged : ref receipt == Receipt.Repeat ? ref _repeated : ref _refused);
        if (receipt != Receipt.Refused)
            journal.Note(receipt == Receipt.Acknowledged, vehicle, reading);
    }
}
