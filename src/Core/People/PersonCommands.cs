using System.Text.Json.Serialization;

namespace FieldCrm.Core.People;

/// <summary>What a person can ask about his own position. Nobody can say yes for him.</summary>
[JsonDerivedType(typeof(GiveConsent), nameof(GiveConsent))]
[JsonDerivedType(typeof(DeclineConsent), nameof(DeclineConsent))]
[JsonDerivedType(typeof(WithdrawConsent), nameof(WithdrawConsent))]
[JsonDerivedType(typeof(StartShift), nameof(StartShift))]
[JsonDerivedType(typeof(EndShift), nameof(EndShift))]
[JsonDerivedType(typeof(EndOverdueShift), nameof(EndOverdueShift))]
[JsonDerivedType(typeof(EndShiftOfDisabled), nameof(EndShiftOfDisabled))]
[JsonDerivedType(typeof(RequestErasure), nameof(RequestErasure))]
[JsonDerivedType(typeof(NoteErased), nameof(NoteErased))]
public abstract record PersonCommand;

/// <summary>Yes, to the notice as it was shown. Refused: <c>people.notice-invalid</c>, <c>people.erasure-pending</c>.</summary>
public sealed record GiveConsent(ConsentNotice Notice) : PersonCommand;

/// <summary>No. A consent that stands is withdrawn by it. Refused: <c>people.notice-invalid</c>.</summary>
public sealed record DeclineConsent(ConsentNotice Notice) : PersonCommand;

/// <summary>Everything stops at once; a shift that goes on ends.</summary>
public sealed record WithdrawConsent : PersonCommand;

/// <summary>
/// Refused: <c>people.no-consent</c>; <c>people.consent-outdated</c> where the notice of today says more than he agreed to.
/// </summary>
/// <param name="NoticeVersion">Of today's notice.</param>
/// <param name="RetentionDays">That today's notice says.</param>
public sealed record StartShift(int NoticeVersion, int RetentionDays) : PersonCommand;

public sealed record EndShift : PersonCommand;

/// <summary>Ends a shift that lasted <see cref="Shift.MaxLength"/>, at that moment; any other goes on.</summary>
public sealed record EndOverdueShift : PersonCommand;

/// <summary>His user was disabled: a shift that goes on ended at that moment, however much later this is said.</summary>
public sealed record EndShiftOfDisabled(UtcMicros DisabledAt) : PersonCommand;

/// <summary>All that is stored of where he was is to be deleted. Refused while consent stands: <c>people.consent-stands</c>.</summary>
public sealed record RequestErasure : PersonCommand;

/// <summary>It is deleted.</summary>
/// <param name="Positions">How many there were.</param>
public sealed record NoteErased(long Positions) : PersonCommand;
