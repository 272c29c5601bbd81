using System.Text.Json;
using FieldCrm.Hub.UnitsApi;

namespace FieldCrm.Hub.AlarmsApi;

/// <summary>What became of an alarm.</summary>
internal static class AlarmState
{
    /// <summary>Nobody deals with it yet.</summary>
    public const string Open = "open";

    public const string Acknowledged = "acknowledged";

    /// <summary>Late fixes belied it.</summary>
    public const string Withdrawn = "withdrawn";

    public static readonly string[] All = [Open, Acknowledged, Withdrawn];
}

/// <param name="Device">What its owner calls the device.</param>
/// <param name="Number">What the live picture calls it (docs/wire/LIVE.md).</param>
/// <param name="Phone">Of who is with it.</param>
/// <param name="State">One of <see cref="AlarmState"/>.</param>
/// <param name="LatitudeDeg">
/// Where it was raised, or was last believed to be where that is not; absent where neither is known, and with the payload where it would
/// tell where a person was before his shift that goes on.
/// </param>
/// <param name="AcknowledgedAt">Absent while nobody has.</param>
/// <param name="Payload">Integers: times in µs since 1970, positions in 1e-7°, lengths in mm.</param>
internal sealed record AlarmView(
    Guid Id, string Device, string DeviceName, int Number, string? Phone, string Kind, string State, DateTimeOffset StartedAt, bool IsWithdrawn,
    double? LatitudeDeg, double? LongitudeDeg, DateTimeOffset? AcknowledgedAt, ActorView? AcknowledgedBy, JsonElement? Payload)
{
    public AlarmView WithoutPlace() => this with { LatitudeDeg = null, LongitudeDeg = null, Payload = null };
}

/// <param name="OpenCount">Open alarms of the whole tenant; 1000 stands for that many or more.</param>
internal sealed record AlarmPage(IReadOnlyList<AlarmView> Alarms, int OpenCount, string? NextCursor);
