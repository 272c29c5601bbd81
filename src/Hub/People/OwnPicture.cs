using FieldCrm.Core;
using FieldCrm.Core.People;

namespace FieldCrm.Hub.People;

public sealed record OwnDevice(int DeviceId, string UniqueId, string Name);

/// <summary>How a person stands, for his own eyes.</summary>
public sealed record OwnPicture(
    UtcMicros Now, PersonState State, IReadOnlyList<OwnDevice> Devices, PositionNotice Notice, bool IsNoticeAsked)
{
    /// <summary>He has not said anything to the notice as it is now, or wants to read it again.</summary>
    public bool ShowsNotice => State.Consent is { } consent
        ? !consent.Covers(PositionNotice.Version, Notice.RetentionDays)
        : IsNoticeAsked || State.DeclinedVersion != PositionNotice.Version;
}

/// <summary>What is stored of where he was.</summary>
public sealed record StoredSpan(OwnDevice Device, UtcMicros First, UtcMicros Last);

/// <param name="Text">What he was shown; null where it was erased.</param>
public sealed record OwnAnswer(
    bool IsGiven, UtcMicros AnsweredAt, UtcMicros? WithdrawnAt, string Language, string TextHash, string? Text);

/// <param name="Answers">Newest first, the last twenty.</param>
/// <param name="ErasedAt">When what was stored was last deleted as he asked; null: never.</param>
public sealed record OwnData(IReadOnlyList<StoredSpan> Stored, IReadOnlyList<OwnAnswer> Answers, UtcMicros? ErasedAt);
