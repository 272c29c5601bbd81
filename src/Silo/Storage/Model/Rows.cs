using FieldCrm.Core.Devices;

namespace FieldCrm.Silo.Storage.Model;

/// <summary>A tenant. Id 0 is the operator of the instance, who owns what no tenant can be told for.</summary>
public sealed class TenantRow
{
    public const int OperatorId = 0;

    public int TenantId { get; init; }
    public required string Name { get; set; }
    /// <summary><see cref="FieldCrm.Core.Tenants.TenantSettings"/> as JSON.</summary>
    public required string Settings { get; set; }
    /// <summary>SHA-256 of the token in the tenant's enrolment URL; null when none was issued.</summary>
    public byte[]? EnrolmentTokenHash { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A device that may report.</summary>
public sealed class DeviceRow
{
    public int DeviceId { get; init; }
    public int TenantId { get; init; }
    /// <summary>What the device or its owner calls it; unique within the tenant.</summary>
    public required string UniqueId { get; init; }
    public required string Name { get; set; }
    /// <summary>SHA-256 of the secret in its URL; null when it reports by an id only.</summary>
    public byte[]? TokenHash { get; set; }
    /// <summary>May report under <see cref="UniqueId"/> through the tenant's enrolment URL.</summary>
    public bool AcceptsEnrolment { get; set; }
    /// <summary>The id under which it may report with no secret at all (old trackers); unique over the instance.</summary>
    public string? BareId { get; set; }
    /// <summary>What carries it.</summary>
    public UnitKind Kind { get; set; }
    /// <summary>Of who is with it; null when none was given.</summary>
    public string? Phone { get; set; }
    /// <summary>The user who carries it: of a person's device alone. Null: nobody can have agreed, and nothing of it is taken in.</summary>
    public Guid? HolderId { get; set; }
    public DateTimeOffset? DisabledAt { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A person who may sign in.</summary>
public sealed class UserRow
{
    public Guid UserId { get; init; }
    public int TenantId { get; init; }
    public required string Name { get; init; }
    public required string Role { get; set; }
    /// <summary>A session that was begun under another stamp is over. All zeros until the first change.</summary>
    public Guid SessionStamp { get; set; }
    public DateTimeOffset? DisabledAt { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A link that signs its user in once.</summary>
public sealed class OneTimeLinkRow
{
    public required byte[] LinkHash { get; init; }
    public int TenantId { get; init; }
    public Guid UserId { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>A device that reported and is not registered: what it would take to admit it.</summary>
public sealed class UnregisteredRow
{
    public int TenantId { get; init; }
    public required string ClaimedId { get; init; }
    public required string Protocol { get; set; }
    public DateTimeOffset FirstSeenAt { get; init; }
    public DateTimeOffset LastSeenAt { get; set; }
    public long RequestCount { get; set; }
}

/// <summary>What parsed but cannot be true, or could not be committed, with the bytes as they came.</summary>
public sealed class QuarantineRow
{
    public long QuarantineId { get; init; }
    public int TenantId { get; init; }
    public int? DeviceId { get; init; }
    /// <summary>Stable code: <c>fix.future</c>, <c>fix.older-than-retention</c>, <c>commit.refused</c>.</summary>
    public required string Reason { get; init; }
    public required string Protocol { get; init; }
    public DateTimeOffset ReceivedAt { get; init; }
    public DateTimeOffset? FixedAt { get; init; }
    public required byte[] Raw { get; init; }
    /// <summary>SHA-256 of <see cref="Raw"/>: a device that repeats itself is kept once.</summary>
    public required byte[] RawHash { get; init; }
}

/// <summary>An alarm of a device as its tenant sees it: delivered from the device's stream by the outbox.</summary>
public sealed class AlarmRow
{
    /// <summary>The id of the device's net event, so that delivering twice changes nothing.</summary>
    public Guid AlarmId { get; init; }
    public int TenantId { get; init; }
    public int DeviceId { get; init; }
    public short Kind { get; init; }
    public DateTimeOffset StartedAt { get; init; }
    /// <summary>The net event's payload at its newest correction.</summary>
    public required string Payload { get; set; }
    public bool IsWithdrawn { get; set; }
    /// <summary>Stream version of the device's event this row reflects; an older delivery is ignored.</summary>
    public long SourceVersion { get; set; }
    /// <summary>Somebody said that it is being dealt with; null: nobody yet.</summary>
    public DateTimeOffset? AcknowledgedAt { get; set; }
    /// <summary>One of <see cref="FieldCrm.Core.Tenants.ActorKind"/>, with <see cref="AcknowledgedById"/> where it has one.</summary>
    public string? AcknowledgedByKind { get; set; }
    public Guid? AcknowledgedById { get; set; }
}

/// <summary>One event of a device's net set: independent of the order in which its fixes arrived.</summary>
public sealed class DeviceEventRow
{
    public int DeviceId { get; init; }
    public Guid EventId { get; init; }
    public int TenantId { get; init; }
    public short Kind { get; init; }
    public DateTimeOffset StartFixedAt { get; init; }
    public long StartHash { get; init; }
    public DateTimeOffset EmittedFixedAt { get; init; }
    public long EmittedHash { get; init; }
    public required string Payload { get; set; }
}
