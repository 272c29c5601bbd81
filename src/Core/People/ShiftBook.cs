using System.Collections.Immutable;

namespace FieldCrm.Core.People;

/// <summary>
/// The shifts that count: those under a consent that stands. A fix belongs to a shift by its own time, never by when it
/// arrives: made on shift and delivered after it, it is taken; made off shift, it is not, whenever it comes. Once consent
/// is withdrawn the book is empty, and shifts from before never come back into it.
/// </summary>
/// <param name="Shifts">Ascending, none overlapping another.</param>
public sealed record ShiftBook(ImmutableArray<Shift> Shifts)
{
    /// <summary>More than a year of three a day; of those beyond it the oldest count no more.</summary>
    public const int MaxShifts = 1_200;

    public static readonly ShiftBook Empty = new([]);

    /// <summary>Whether a fix of this time is the product's business at all.</summary>
    public bool Takes(UtcMicros fixedAt) => Find(fixedAt) is not null;

    /// <summary>The shift that goes on at a moment; null off shift.</summary>
    public Shift? At(UtcMicros now) => Find(now);

    public ShiftBook Apply(PersonEvent happened) => happened switch
    {
        ShiftStarted started => With(Shifts.Add(new Shift(started.At, null))),
        ShiftEnded ended when !Shifts.IsEmpty => With(Shifts.SetItem(Shifts.Length - 1, new Shift(ended.StartedAt, ended.At))),
        ConsentWithdrawn => Empty,
        _ => this,
    };

    private static ShiftBook With(ImmutableArray<Shift> shifts) =>
        new(shifts.Length > MaxShifts ? shifts.RemoveAt(0) : shifts);

    private Shift? Find(UtcMicros time)
    {
        var (low, high) = (0, Shifts.Length);
        while (low < high) // the last that begins at or before the time
        {
            var middle = (low + high) / 2;
            if (Shifts[middle].From <= time)
                low = middle + 1;
            else
                high = middle;
        }
        return low > 0 && Shifts[low - 1].Contains(time) ? Shifts[low - 1] : null;
    }
}
