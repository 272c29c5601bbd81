using System.Threading.Channels;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using Microsoft.Extensions.DependencyInjection;

namespace FieldCrm.Silo.Devices;

/// <summary>
/// Which devices wait for a refold, since when, and which rest after one. Bounded by the number of devices; what it
/// forgets at a crash stands in <c>refold_mark</c>. One worker takes from it, any number of grains put in.
/// </summary>
internal sealed class RefoldQueue([FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    // A failure rests as if it had folded so many fixes (RefoldSchedule.RestPerStep): half a second, then twice as long
    // each time, up to a minute; a device that cannot be folded does not keep the worker from the others.
    private const int FailureSteps = 50;
    private const int MaxFailures = 7;

    private readonly Lock _lock = new();
    private readonly Dictionary<DeviceId, Entry> _entries = [];

    // The entries again, in order of time: the first is found at once, however many wait. One that runs is in neither.
    private readonly SortedSet<(long At, int Device)> _due = [];
    private readonly SortedSet<(long At, int Device)> _resting = [];
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private UtcMicros _looksAgainAt; // the worker, unless it is woken
    private bool _isRunning;

    private readonly record struct Entry(TenantId Tenant, RefoldSchedule Schedule, int Failures);

    /// <summary>Devices that wait, run or rest.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    /// <summary>Fixes folded by refolds since the start: what lateness has cost.</summary>
    public long TotalSteps { get; private set; }

    /// <summary>A refold runs, or one is due.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_lock)
                return _isRunning || FirstDueAt() <= Now();
        }
    }

    public void Marked(DeviceId device, TenantId tenant)
    {
        bool isSooner;
        lock (_lock)
        {
            var before = _entries.GetValueOrDefault(device);
            var marked = before with { Tenant = tenant, Schedule = before.Schedule.Marked(Now()) };
            Set(device, marked);
            isSooner = marked.Schedule.DueAt < _looksAgainAt;
        }
        if (isSooner)
            _bell.Writer.TryWrite(true);
    }

    /// <summary>The device that has been due the longest; null when none is, with when the next one will be.</summary>
    public (DeviceId Device, TenantId Tenant)? TryStart(out UtcMicros? nextDueAt)
    {
        lock (_lock)
        {
            var now = Now();
            ForgetRested(now);
            nextDueAt = FirstDueAt();
            if (nextDueAt is not { } due || due > now)
                return null;
            var chosen = new DeviceId(_due.Min.Device);
            var started = _entries[chosen] with { Schedule = _entries[chosen].Schedule.Started(now) };
            Set(chosen, started);
            _isRunning = true;
            return (chosen, started.Tenant);
        }
    }

    /// <summary>The rest that follows is remembered, so that a device whose late fixes trickle in stays cheap.</summary>
    public void Finished(DeviceId device, int steps, bool isAdopted)
    {
        lock (_lock)
        {
            _isRunning = false;
            TotalSteps += steps;
            if (!_entries.TryGetValue(device, out var entry))
                return;
            var now = Now();
            Set(device, isAdopted
                ? entry with { Schedule = entry.Schedule.Finished(now, steps), Failures = 0 }
                : entry with
                {
                    Schedule = entry.Schedule.Failed(now, Math.Max(steps, FailureSteps << entry.Failures)),
                    Failures = Math.Min(entry.Failures + 1, MaxFailures),
                });
        }
    }

    /// <summary>
    /// A slice of it is done and there is more: the others have their turn first, and it rests by what the slice took,
    /// not by its fixes, since no late fix can ask for a slice twice.
    /// </summary>
    public void Sliced(DeviceId device, int steps)
    {
        lock (_lock)
        {
            _isRunning = false;
            TotalSteps += steps;
            if (_entries.TryGetValue(device, out var entry))
                Set(device, entry with { Schedule = entry.Schedule.Failed(Now(), steps: 0), Failures = 0 });
        }
    }

    /// <summary>Returns at <paramref name="dueAt"/>, after <paramref name="atMost"/>, or when something is due sooner.</summary>
    public async Task WaitAsync(UtcMicros? dueAt, TimeSpan atMost, CancellationToken cancellationToken)
    {
        TimeSpan span;
        lock (_lock)
        {
            var now = Now();
            _looksAgainAt = dueAt < now.Plus(atMost) ? dueAt.Value : now.Plus(atMost);
            span = _looksAgainAt.ToDateTimeOffset() - now.ToDateTimeOffset();
            // What came in since the worker looked did not ring; when it is sooner, look again.
            if (FirstDueAt() < _looksAgainAt)
                return;
        }
        using var timer = new CancellationTokenSource(
            span > TimeSpan.FromMilliseconds(1) ? span : TimeSpan.FromMilliseconds(1), time);
        if (Now().Plus(span) > _looksAgainAt.Plus(TimeSpan.FromMilliseconds(1)))
            return; // the clock was set on while the timer was made: it would ring too late
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await _bell.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>After a failure: nobody is served for a while, however many wait.</summary>
    public Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) => Task.Delay(pause, time, cancellationToken);

    private UtcMicros? FirstDueAt() => _due.Count == 0 ? null : new UtcMicros(_due.Min.At);

    private void ForgetRested(UtcMicros now)
    {
        while (_resting.Count > 0 && _resting.Min.At <= now.Value)
        {
            _entries.Remove(new DeviceId(_resting.Min.Device));
            _resting.Remove(_resting.Min);
        }
    }

    private void Set(DeviceId device, Entry entry)
    {
        if (_entries.TryGetValue(device, out var before))
        {
            if (before.Schedule.DueAt is { } wasDueAt)
                _due.Remove((wasDueAt.Value, device.Value));
            if (before.Schedule.IdleAt is { } wasIdleAt)
                _resting.Remove((wasIdleAt.Value, device.Value));
        }
        _entries[device] = entry;
        if (entry.Schedule.DueAt is { } dueAt)
            _due.Add((dueAt.Value, device.Value));
        if (entry.Schedule.IdleAt is { } idleAt)
            _resting.Add((idleAt.Value, device.Value));
    }

    private UtcMicros Now() => UtcMicros.From(time.GetUtcNow());
}
