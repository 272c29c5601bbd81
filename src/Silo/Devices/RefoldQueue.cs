using System.Collections.Concurrent;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using Microsoft.Extensions.DependencyInjection;

namespace FieldCrm.Silo.Devices;

/// <summary>
/// Which devices wait for a refold, and since when. Bounded by the number of devices; what it forgets at a crash
/// stands in <c>refold_mark</c>.
/// </summary>
internal sealed class RefoldQueue([FromKeyedServices("product")] TimeProvider time)
{
    private readonly ConcurrentDictionary<DeviceId, Entry> _entries = new();
    private readonly SemaphoreSlim _changed = new(0, 1);

    public readonly record struct Entry(TenantId Tenant, RefoldSchedule Schedule);

    public int Count => _entries.Count;

    public void Marked(DeviceId device, TenantId tenant)
    {
        var now = UtcMicros.From(time.GetUtcNow());
        _entries.AddOrUpdate(
            device, _ => new Entry(tenant, default(RefoldSchedule).Marked(now)),
            (_, entry) => entry with { Schedule = entry.Schedule.Marked(now) });
        Wake();
    }

    /// <summary>The device that has been due the longest; null when none is, with when the next one will be.</summary>
    public (DeviceId Device, TenantId Tenant)? TryStart(out UtcMicros? nextDueAt)
    {
        var now = UtcMicros.From(time.GetUtcNow());
        nextDueAt = null;
        DeviceId? first = null;
        foreach (var (device, entry) in _entries)
        {
            if (entry.Schedule.DueAt is not { } due || (nextDueAt is { } earliest && due >= earliest))
                continue;
            nextDueAt = due;
            first = device;
        }
        if (first is not { } chosen || nextDueAt > now)
            return null;
        var started = _entries.AddOrUpdate(
            chosen, _ => default, (_, entry) => entry with { Schedule = entry.Schedule.Started(now) });
        return (chosen, started.Tenant);
    }

    public void Finished(DeviceId device, int steps, bool isAdopted)
    {
        var now = UtcMicros.From(time.GetUtcNow());
        var entry = _entries.AddOrUpdate(device, _ => default, (_, before) => before with
        {
            Schedule = isAdopted ? before.Schedule.Finished(now, steps) : before.Schedule.Failed(now, steps),
        });
        // The rest after a refold matters only while more marks come; an entry without any is dropped when next met.
        if (entry.Schedule.DueAt is null)
            Forget(device, entry);
    }

    /// <summary>From now until a due time, at least a millisecond.</summary>
    public TimeSpan Until(UtcMicros dueAt)
    {
        var span = dueAt.ToDateTimeOffset() - time.GetUtcNow();
        return span > TimeSpan.FromMilliseconds(1) ? span : TimeSpan.FromMilliseconds(1);
    }

    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await _changed.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }

    private void Forget(DeviceId device, Entry entry) =>
        ((ICollection<KeyValuePair<DeviceId, Entry>>)_entries).Remove(new(device, entry));

    private void Wake()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody has rung already.
        }
    }
}
