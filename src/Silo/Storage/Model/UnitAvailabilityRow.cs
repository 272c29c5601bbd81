using FieldCrm.Core.Availability;

namespace FieldCrm.Silo.Storage.Model;

/// <summary>Whether a unit can be sent, as somebody last said; no row: nobody has said.</summary>
public sealed class UnitAvailabilityRow
{
    public int DeviceId { get; init; }
    public int TenantId { get; init; }
    /// <summary>Counts the changes; the first is 1.</summary>
    public long Version { get; set; }
    public AvailabilityStatus Status { get; set; }
    public string? Note { get; set; }
    /// <summary>What undoing the last change brings back.</summary>
    public AvailabilityStatus PreviousStatus { get; set; }
    public string? PreviousNote { get; set; }
    /// <summary>The version that the last change undid; null when it undid none.</summary>
    public long? Undoes { get; set; }
    public DateTimeOffset ChangedAt { get; set; }
    /// <summary>One of <see cref="FieldCrm.Core.Tenants.ActorKind"/>.</summary>
    public required string ChangedByKind { get; set; }
    public Guid? ChangedById { get; set; }
}
