namespace FieldCrm.Silo.Storage.Model;

/// <summary>A yes or a no of a person, with what he was shown; append-only but for when a yes was taken back.</summary>
public sealed class PersonConsentRow
{
    public Guid UserId { get; init; }
    public DateTimeOffset AnsweredAt { get; init; }
    public int TenantId { get; init; }
    public bool IsGiven { get; init; }
    /// <summary>One of <see cref="FieldCrm.Core.People.ConsentPurpose"/>.</summary>
    public required string Purpose { get; init; }
    public required string Channel { get; init; }
    public required string Language { get; init; }
    public int NoticeVersion { get; init; }
    public int RetentionDays { get; init; }
    /// <summary>SHA-256 of the text; the text itself is in the ledger's event.</summary>
    public required byte[] TextHash { get; init; }
    public DateTimeOffset? WithdrawnAt { get; set; }
}

/// <summary>A shift, for as long as fixes of its time may still come or are kept.</summary>
public sealed class PersonShiftRow
{
    public Guid UserId { get; init; }
    public DateTimeOffset StartedAt { get; init; }
    public int TenantId { get; init; }
    /// <summary>When the consent was given that it is under.</summary>
    public DateTimeOffset ConsentAt { get; init; }
    public DateTimeOffset? EndedAt { get; set; }
    /// <summary>One of <see cref="FieldCrm.Core.People.ShiftEnd"/>.</summary>
    public string? EndedWhy { get; set; }
}

/// <summary>Somebody opened a person's detail. Append-only, until retention.</summary>
public sealed class PersonLookRow
{
    public long LookId { get; init; }
    public int TenantId { get; init; }
    /// <summary>Whose; null where nobody was named as the holder of a person's device.</summary>
    public Guid? UserId { get; init; }
    public int DeviceId { get; init; }
    public DateTimeOffset LookedAt { get; init; }
    /// <summary>One of <see cref="FieldCrm.Core.Tenants.ActorKind"/>.</summary>
    public required string ByKind { get; init; }
    public Guid? ById { get; init; }
    /// <summary>One of <see cref="FieldCrm.Core.People.LookedAt"/>.</summary>
    public required string What { get; init; }
    /// <summary>The span that was looked at; null where it has none.</summary>
    public DateTimeOffset? FromAt { get; init; }
    public DateTimeOffset? ToAt { get; init; }
    public required string Reason { get; init; }
}

/// <summary>A person wants what is stored of where he was deleted.</summary>
public sealed class PersonErasureRow
{
    public Guid UserId { get; init; }
    public DateTimeOffset RequestedAt { get; init; }
    public int TenantId { get; init; }
    public DateTimeOffset? DoneAt { get; set; }
    public long? Positions { get; set; }
}
