using System.Collections.Concurrent;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Commit;

/// <summary>Sees to it that the day of every fix has its partition, asking the database once a day and process.</summary>
internal sealed class PartitionDays(NpgsqlDataSource silo, TimeProvider time)
{
    /// <summary>
    /// Somebody holds what making the day needs (retention detaching another day, as a rule, for as long as a reader
    /// keeps it waiting): nobody asks again before, as each question costs the lane ensure_day's lock_timeout.
    /// </summary>
    internal static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<long, bool> _known = new();

    // What ingest lets through is at most 3,650 days old, so there are few.
    private readonly ConcurrentDictionary<long, bool> _never = new();

    private readonly ConcurrentDictionary<long, long> _lockedSince = new(); // a TimeProvider timestamp

    public async ValueTask EnsureAsync(List<PendingUnit> batch)
    {
        HashSet<long>? missing = null;
        foreach (var pending in batch)
        {
            if (pending.Unit.Fixes is not { } fixes)
                continue;
            Collect(fixes.Forward.AsSpan(), ref missing);
            Collect(fixes.Late.AsSpan(), ref missing);
            Collect(fixes.BeyondWindow.AsSpan(), ref missing);
        }
        foreach (var day in missing ?? [])
            await EnsureAsync(day);
    }

    /// <summary>
    /// A partition that was known is gone (retention dropped it): ask again. False when none of the days was known.
    /// </summary>
    public bool Forget(List<PendingUnit> batch)
    {
        var forgotten = false;
        foreach (var pending in batch)
        {
            if (pending.Unit.Fixes is not { } fixes)
                continue;
            foreach (var fix in fixes.Forward.Concat(fixes.Late).Concat(fixes.BeyondWindow))
                forgotten |= _known.TryRemove(DayOf(fix), out _);
        }
        return forgotten;
    }

    /// <summary>Some fix of the unit is of a day that is never kept, rather than of one that cannot be made just now.</summary>
    public bool IsNeverKept(DeviceFixes fixes) =>
        fixes.Forward.Concat(fixes.Late).Concat(fixes.BeyondWindow).Any(fix => _never.ContainsKey(DayOf(fix)));

    private void Collect(ReadOnlySpan<Fix> fixes, ref HashSet<long>? missing)
    {
        var last = long.MinValue;
        foreach (ref readonly var fix in fixes)
        {
            var day = DayOf(fix);
            if (day == last)
                continue;
            last = day;
            if (!_known.ContainsKey(day))
                (missing ??= []).Add(day);
        }
    }

    private async Task EnsureAsync(long day)
    {
        if (_lockedSince.TryGetValue(day, out var since) && time.GetElapsedTime(since) < AskAgainAfter)
            return; // the insert fails, and is bisected to the units of this day: they are sent again
        await using var command = silo.CreateCommand("SELECT ensure_day($1)");
        command.Parameters.Add(new NpgsqlParameter
        {
            Value = DateOnly.FromDayNumber((int)(day + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber)),
            NpgsqlDbType = NpgsqlDbType.Date,
        });
        try
        {
            await command.ExecuteNonQueryAsync();
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            _lockedSince[day] = time.GetTimestamp();
            return;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DatetimeFieldOverflow or PostgresErrorCodes.ObjectInUse)
        {
            // No such day is kept, or retention is at it: the insert itself will fail, and is bisected to its unit.
            if (e.SqlState == PostgresErrorCodes.DatetimeFieldOverflow)
                _never.TryAdd(day, true);
            return;
        }
        _known.TryAdd(day, true);
        _lockedSince.TryRemove(day, out _);
    }

    private static long DayOf(in Fix fix)
    {
        var (day, rest) = Math.DivRem(fix.FixedAt.Value, UtcMicros.PerDay);
        return rest < 0 ? day - 1 : day;
    }
}
