using System.ComponentModel.DataAnnotations;

namespace FieldCrm.Hub.Live;

/// <summary>How live pictures are sent.</summary>
internal sealed class LiveOptions
{
    /// <summary>Between two looks at the boards when little is to be done. Default 50 ms, 10 ms–1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:01")]
    public TimeSpan Tick { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Between two looks under load. Default 250 ms, 10 ms–5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:05")]
    public TimeSpan MaxTick { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>A view with more units gets counts. Default 6,000, 1–24,000.</summary>
    [Range(1, 24_000)]
    public int MaxUnits { get; set; } = 6_000;

    /// <summary>A view with counts gets units again from this many on. Default 5,000, 0–24,000; below <see cref="MaxUnits"/>.</summary>
    [Range(0, 24_000)]
    public int UnitsAgain { get; set; } = 5_000;
}
