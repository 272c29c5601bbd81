using System.ComponentModel.DataAnnotations;

namespace FieldCrm.Hub.ReplayApi;

/// <summary>Section <c>Replay</c> of the settings.</summary>
internal sealed class ReplayOptions
{
    /// <summary>
    /// Most fixes of one replay, 1 … 10,000,000 (what a client takes). By default some 110 MB in a browser: the day of a thousand
    /// units that report every 15 seconds.
    /// </summary>
    [Range(1, 10_000_000)]
    public int MaxFixes { get; init; } = 6_000_000;
}
