using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace FieldCrm.Core.Devices;

internal static class FoldOutputs
{
    /// <summary>Each id once, with its latest version, in the order of first mention.</summary>
    public static ImmutableArray<NetEvent> Latest(List<NetEvent> events) => Latest(events, static e => e.Id);

    public static ImmutableArray<MarkChange> Latest(List<MarkChange> marks) => Latest(marks, static m => m.Fix);

    private static ImmutableArray<T> Latest<T, TKey>(List<T> items, Func<T, TKey> key)
        where TKey : notnull
    {
        if (items.Count < 2)
            return items.Count == 0 ? [] : [items[0]];
        var places = new Dictionary<TKey, int>(items.Count);
        var latest = ImmutableArray.CreateBuilder<T>(items.Count);
        foreach (var item in items)
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(places, key(item), out var isKnown);
            if (isKnown)
            {
                latest[place] = item;
                continue;
            }
            place = latest.Count;
            latest.Add(item);
        }
        return latest.DrainToImmutable();
    }

    /// <summary>A checkpoint after every so many fixes, the same ones whoever counts.</summary>
    public static Checkpoint? CheckpointWhenDue(this DeviceFold fold, int every) =>
        fold.LastKey is { } through && fold.FixCount % every == 0 ? new Checkpoint(through, [.. fold.ToBytes()]) : null;

    /// <summary>
    /// Before the first fix of another UTC day: retention drops whole days, and a refold must never have to begin in
    /// one that is gone. None where the last fix made a checkpoint anyway.
    /// </summary>
    public static Checkpoint? CheckpointOfDayBefore(this DeviceFold fold, in Fix next, int every) =>
        fold.LastKey is { } through && fold.FixCount % every != 0 && !IsSameDay(through.FixedAt, next.FixedAt)
            ? new Checkpoint(through, [.. fold.ToBytes()]) : null;

    /// <summary>Of the same UTC day.</summary>
    public static bool IsSameDay(UtcMicros left, UtcMicros right) => Day(left) == Day(right);

    private static long Day(UtcMicros time)
    {
        var (day, rest) = Math.DivRem(time.Value, UtcMicros.PerDay);
        return rest < 0 ? day - 1 : day;
    }
}
