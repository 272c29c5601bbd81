using System.Text.Json;
using System.Text.Json.Serialization;

namespace FieldCrm.Dispatch.Api;

public sealed record Session(Guid? User, string Role, string? AntiforgeryToken, string? AntiforgeryHeader, string? Name, string? Tenant);

/// <summary>The stable code and the words of a refusal, as every endpoint gives them.</summary>
/// <param name="Current">What stands now, where the refused had not seen it.</param>
public sealed record Problem(string? Code, string? Title, string? Detail, AvailabilitySaid? Current = null);

/// <summary>Who did something; programs and people have names.</summary>
public sealed record Doer(string Kind, string? Name);

/// <summary>Absent members were not reported.</summary>
public sealed record UnitPosition(
    DateTimeOffset FixedAt, double LatitudeDeg, double LongitudeDeg, double? SpeedMps, double? HeadingDeg, double? AccuracyM,
    double? BatteryPercent);

/// <summary>A row of <c>/api/v1/units</c>.</summary>
/// <param name="Number">What the live picture calls it.</param>
/// <param name="DistanceM">From the place that was asked for; null without one.</param>
/// <param name="AvailabilityVersion">0 where nobody has said anything yet.</param>
public sealed record Unit(
    long Number, string Id, string Name, string Kind, string? Phone, string Availability, string? AvailabilityNote, UnitPosition? Position,
    string Motion, bool SignalLost, int OpenAlarms, DateTimeOffset? HeardAt, long AvailabilityVersion = 0,
    DateTimeOffset? AvailabilityChangedAt = null, Doer? AvailabilityChangedBy = null, double? DistanceM = null);

public sealed record UnitPage(IReadOnlyList<Unit> Units, int Total);

public sealed record UnitLookup(IReadOnlyList<long> Numbers);

public sealed record AvailabilityChange(string Availability, string? Note, long ExpectedVersion);

/// <summary>The change that is to be taken back.</summary>
public sealed record AvailabilityUndo(long Version);

public sealed record AvailabilitySaid(
    string Availability, string? Note, long Version, DateTimeOffset? ChangedAt, Doer? ChangedBy, AvailabilityUndo? Undo = null);

public sealed record DayPoint(DateTimeOffset At, double LatitudeDeg, double LongitudeDeg, double? SpeedMps);

public sealed record DayStretch(DateTimeOffset From, DateTimeOffset? To, double? DistanceM, double? LatitudeDeg, double? LongitudeDeg);

/// <summary>A unit's day: <c>/api/v1/units/{id}/day</c>.</summary>
/// <param name="ClockSkewMs">The server's clock minus the device's.</param>
/// <param name="IsCut">There is more than one answer holds.</param>
public sealed record UnitDay(
    double DistanceM, double? MaxSpeedMps, IReadOnlyList<DayStretch> Trips, IReadOnlyList<DayStretch> Stops, IReadOnlyList<DayAlarm> Alarms,
    IReadOnlyList<DayPoint> Track, int Fixes, int Marked, int Quarantined, long? ClockSkewMs, bool IsCut);

public sealed record DayAlarm(DateTimeOffset At, string Kind, double LatitudeDeg, double LongitudeDeg);

/// <param name="Mark">declaredInvalid, nullIsland or teleport.</param>
public sealed record MarkedFix(DateTimeOffset FixedAt, double LatitudeDeg, double LongitudeDeg, string Mark);

public sealed record MarkedList(IReadOnlyList<MarkedFix> Fixes, string? NextCursor);

/// <param name="Reason">Stable code, such as <c>fix.future</c>.</param>
public sealed record QuarantinedFix(long Id, string Reason, string Protocol, DateTimeOffset ReceivedAt, DateTimeOffset? FixedAt);

public sealed record QuarantineList(IReadOnlyList<QuarantinedFix> Entries, string? NextCursor);

/// <param name="State">open, acknowledged or withdrawn.</param>
public sealed record AlarmEntry(
    Guid Id, string Device, string DeviceName, long Number, string? Phone, string Kind, string State, DateTimeOffset StartedAt,
    double? LatitudeDeg, double? LongitudeDeg, DateTimeOffset? AcknowledgedAt, Doer? AcknowledgedBy);

/// <param name="OpenCount">Of the whole fleet; 1000 is that many or more.</param>
public sealed record AlarmList(IReadOnlyList<AlarmEntry> Alarms, int OpenCount, string? NextCursor);

/// <summary>A map that the operator configured.</summary>
/// <param name="Kind">style, raster, satellite or vector.</param>
public sealed record MapSource(
    string Name, string Kind, string Url, string? Attribution, int? MinZoom, int? MaxZoom, int? TileSizePx, IReadOnlyList<string>? Origins);

/// <param name="Default">A source's name; absent for the offline base map.</param>
/// <param name="ShowsDemonstration">The instance demonstrates, and this person may have it show how.</param>
public sealed record ConsoleSettings(IReadOnlyList<MapSource> Sources, string? Default, bool ShowsDemonstration = false);

public sealed record DeviceRow(string Id, string Name, string Kind, string? Phone, bool IsDisabled, DateTimeOffset CreatedAt, DateTimeOffset? HeardAt);

public sealed record DeviceList(IReadOnlyList<DeviceRow> Devices, string? NextCursor);

public sealed record DeviceToAdd(string Id, string? Name, string? Kind = null, string? Phone = null);

/// <summary>What is left out stays; a phone of no characters is taken away.</summary>
public sealed record DeviceToSet(string Id, string Name, string Kind, string Phone);

public sealed record DevicesToAdd(IReadOnlyList<DeviceToAdd> Devices);

public sealed record DeviceToName(string Id, string? Name);

public sealed record DeviceToAdmit(string Id, string? Name = null, string? Kind = null);

/// <param name="AuthorityUrl">Where a phone gets the local CA's root, which it must trust first; null when it need not.</param>
/// <param name="PlainUrl">The same by plain HTTP, for a tracker that cannot trust it; null when none is needed, or open.</param>
public sealed record DeviceCredentials(string Id, string Token, string Url, string? AuthorityUrl = null, string? PlainUrl = null);

public sealed record DeviceAdded(string Id, string Status, string? Token, string? Url, RowRefusal? Refusal);

/// <summary>Why one of many was refused.</summary>
public sealed record RowRefusal(string Code, string? Message);

public sealed record DevicesAdded(IReadOnlyList<DeviceAdded> Devices);

public sealed record UnregisteredDevice(string Id, string Protocol, DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt, long Requests);

/// <param name="NotListed">Sightings that the full list had no room for.</param>
public sealed record UnregisteredList(IReadOnlyList<UnregisteredDevice> Devices, long NotListed);

public sealed record TenantChoices(int RetentionDays, int SilenceAfterSeconds, int RefoldWindowDays, int PersonRetentionDays);

public sealed record AuditActor(string Kind, Guid? Id, string? Name);

public sealed record AuditEntry(long Number, DateTimeOffset At, string Kind, AuditActor By, string? User, string? Device, JsonElement? Details);

public sealed record AuditList(IReadOnlyList<AuditEntry> Entries, string? NextCursor);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(Nothing))]
[JsonSerializable(typeof(Unit))]
[JsonSerializable(typeof(UnitPage))]
[JsonSerializable(typeof(UnitLookup))]
[JsonSerializable(typeof(AvailabilityChange))]
[JsonSerializable(typeof(AvailabilityUndo))]
[JsonSerializable(typeof(AvailabilitySaid))]
[JsonSerializable(typeof(UnitDay))]
[JsonSerializable(typeof(AlarmList))]
[JsonSerializable(typeof(AlarmEntry))]
[JsonSerializable(typeof(MarkedList))]
[JsonSerializable(typeof(QuarantineList))]
[JsonSerializable(typeof(ConsoleSettings))]
[JsonSerializable(typeof(DeviceList))]
[JsonSerializable(typeof(DeviceToAdd))]
[JsonSerializable(typeof(DevicesToAdd))]
[JsonSerializable(typeof(DeviceToSet))]
[JsonSerializable(typeof(DeviceToName))]
[JsonSerializable(typeof(DeviceToAdmit))]
[JsonSerializable(typeof(DeviceCredentials))]
[JsonSerializable(typeof(DevicesAdded))]
[JsonSerializable(typeof(PersonList))]
[JsonSerializable(typeof(DeviceToHold))]
[JsonSerializable(typeof(AuditList))]
[JsonSerializable(typeof(UnregisteredList))]
[JsonSerializable(typeof(TenantChoices))]
internal sealed partial class ApiJson : JsonSerializerContext;
