using System.Collections.Concurrent;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Commit;

/// <summary>
/// Sees to it that the day of every fix has its partition, asking the database once a day and process. Asked before a
/// unit is handed to its lane: whoever needs a new day waits for it, and nobody else does.
/// </summary>
internal sealed class PartitionDays(NpgsqlDataSource silo, TimeProvider time) : IDisposable
{
    /// <summary>
    /// Somebody holds what making the day needs (retention detaching another day, as a rule, for as long as a reader
    /// keeps it waiting): nobody asks again before, as each question waits for ensure_day's lock_timeout.
    /// </summary>
    internal static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<long, bool> _known = new();

    // What ingest lets through is at most 3,650 days old, so there are few.
    private readonly ConcurrentDictionary<long, bool> _never = new();

    private readonly ConcurrentDictionary<long, long> _lockedSince = new(); // a TimeProvider timestamp

    // A day is made by a transaction of its own; one at a time, so that a report of many days takes one connection, and
    // day by day, so that others get their turn between two of them.
    private readonly SemaphoreSlim _oneAtATime = new(1);

    /// <summary>Days whose partition is not known to be there, ascending; null, as a rule, when there is none.</summary>
    public IReadOnlyCollection<long>? Missing(DeviceFixes fixes)
    {
        SortedSet<long>? missing = null;
        Collect(fixes.Forward.AsSpan(), ref missing);
        Collect(fixes.Late.AsSpan(), ref missing);
        Collect(fixes.BeyondWindow.AsSpan(), ref missing);
        return missing;
    }

    /// <summary>
    /// False when one of them cannot be made just now. A day that is never kept counts as made: the insert will fail,
    /// and its fixes be refused for good.
    /// </summary>
    public async Task<bool> MakeAsync(IReadOnlyCollection<long> days)
    {
        foreach (var day in days)
        {
            await _oneAtATime.WaitAsync();
            try
            {
                if (!IsSettled(day) && !await MakeAsync(day))
                    return false;
            }
            finally
            {
                _oneAtATime.Release();
            }
        }
        return true;
    }

    /// <summary>
    /// A partition that was known is gone (retention dropped it): ask again. False when none of the days was known.
    /// </summary>
    public bool Forget(DeviceFixes fixes)
    {
        var forgotten = false;
        foreach (var fix in fixes.Forward.Concat(fixes.Late).Concat(fixes.BeyondWindow))
            forgotten |= _known.TryRemove(DayOf(fix), out _);
        return forgotten;
    }

    /// <summary>Some fix of the unit is of a day that is never kept, rather than of one that cannot be made just now.</summary>
    public bool IsNeverKept(DeviceFixes fixes) =>
        fixes.Forward.Concat(fixes.Late).Concat(fixes.BeyondWindow).Any(fix => _never.ContainsKey(DayOf(fix)));

    public void Dispose() => _oneAtATime.Dispose();

    private void Collect(ReadOnlySpan<Fix> fixes, ref SortedSet<long>? missing)
    {
        var last = long.MinValue;
        foreach (ref readonly var fix in fixes)
        {
            var day = DayOf(fix);
            if (day == last)
                continue;
            last = day;
            if (!IsSettled(day))
                (missing ??= []).Add(day);
        }
    }

    private bool IsSettled(long day) => _known.ContainsKey(day) || _never.ContainsKey(day);

    private async Task<bool> MakeAsync(long day)
    {
        if (_lockedSince.TryGetValue(day, out var since) && time.GetElapsedTime(since) < AskAgainAfter)
            return false;
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
            return false;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectInUse)
        {
            return false; // retention is at it
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DatetimeFieldOverflow)
        {
            _never.TryAdd(day, true);
            return true;
        }
        _known.TryAdd(day, true);
        _lockedSince.TryRemove(day, out _);
        return true;
    }

    private static long DayOf(in Fix fix) => UtcDay.Of(fix.FixedAt);
}
