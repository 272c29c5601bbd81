using System.Text.Json;
using System.Text.Json.Serialization;

namespace FieldCrm.Dispatch.Api;

public sealed record Session(Guid? User, string Role, string? AntiforgeryToken, string? AntiforgeryHeader, string? Name, string? Tenant);

/// <summary>The stable code and the words of a refusal, as every endpoint gives them.</summary>
public sealed record Problem(string? Code, string? Title, string? Detail);

/// <summary>Absent members were not reported.</summary>
public sealed record UnitPosition(
    DateTimeOffset FixedAt, double LatitudeDeg, double LongitudeDeg, double? SpeedMps, double? HeadingDeg, double? AccuracyM,
    double? BatteryPercent);

/// <summary>A row of <c>/api/v1/units</c>.</summary>
/// <param name="Number">What the live picture calls it.</param>
public sealed record Unit(
    long Number, string Id, string Name, string Kind, string? Phone, string Availability, string? AvailabilityNote, UnitPosition? Position,
    string Motion, bool SignalLost, int OpenAlarms, DateTimeOffset? HeardAt, long? AvailabilityVersion);

public sealed record UnitPage(IReadOnlyList<Unit> Units, int Total);

public sealed record UnitLookup(IReadOnlyList<long> Numbers);

public sealed record AvailabilityChange(string Availability, string? Note, long? ExpectedVersion);

public sealed record AvailabilityUndo(string Undo);

public sealed record NearUnit(string Id, string Name, UnitPosition Position, double? DistanceM, long? Number);

public sealed record NearPage(IReadOnlyList<NearUnit> Devices);

public sealed record DayPoint(DateTimeOffset At, double LatitudeDeg, double LongitudeDeg, double? SpeedMps, string? Mark);

public sealed record DayStretch(DateTimeOffset From, DateTimeOffset? To, double? DistanceM, double? LatitudeDeg, double? LongitudeDeg);

/// <summary>A unit's day: <c>/api/v1/units/{id}/day</c>.</summary>
public sealed record UnitDay(
    double DistanceM, IReadOnlyList<DayStretch> Trips, IReadOnlyList<DayStretch> Stops, IReadOnlyList<DayPoint> Track, int Marked, int Quarantined);

public sealed record AlarmEntry(Guid Id, string Device, string DeviceName, string Kind, DateTimeOffset StartedAt, bool IsWithdrawn);

public sealed record AlarmList(IReadOnlyList<AlarmEntry> Alarms);

/// <summary>A map that the operator configured.</summary>
/// <param name="Kind">style, raster, satellite or vector.</param>
public sealed record MapSource(
    string Name, string Kind, string Url, string? Attribution, int? MinZoom, int? MaxZoom, int? TileSizePx, IReadOnlyList<string>? Origins);

/// <param name="Default">A source's name; absent for the offline base map.</param>
public sealed record ConsoleSettings(IReadOnlyList<MapSource> Sources, string? Default);

public sealed record DeviceRow(string Id, string Name, bool IsDisabled, DateTimeOffset CreatedAt, DateTimeOffset? HeardAt);

public sealed record DeviceList(IReadOnlyList<DeviceRow> Devices, string? NextCursor);

public sealed record DeviceToAdd(string Id, string? Name);

public sealed record DevicesToAdd(IReadOnlyList<DeviceToAdd> Devices);

public sealed record DeviceToName(string Id, string? Name);

public sealed record DeviceCredentials(string Id, string Token, string Url);

public sealed record DeviceAdded(string Id, string Status, string? Token, string? Url, RowRefusal? Refusal);

/// <summary>Why one of many was refused.</summary>
public sealed record RowRefusal(string Code, string? Message);

public sealed record DevicesAdded(IReadOnlyList<DeviceAdded> Devices);

public sealed record UnregisteredDevice(string Id, string Protocol, DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt, long Requests);

/// <param name="NotListed">Sightings that the full list had no room for.</param>
public sealed record UnregisteredList(IReadOnlyList<UnregisteredDevice> Devices, long NotListed);

public sealed record TenantChoices(int RetentionDays, int SilenceAfterSeconds, int RefoldWindowDays);

public sealed record AuditActor(string Kind, Guid? Id, string? Name);

public sealed record AuditEntry(long Number, DateTimeOffset At, string Kind, AuditActor By, string? User, string? Device, JsonElement? Details);

public sealed record AuditList(IReadOnlyList<AuditEntry> Entries, string? NextCursor);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(Unit))]
[JsonSerializable(typeof(UnitPage))]
[JsonSerializable(typeof(UnitLookup))]
[JsonSerializable(typeof(AvailabilityChange))]
[JsonSerializable(typeof(AvailabilityUndo))]
[JsonSerializable(typeof(NearPage))]
[JsonSerializable(typeof(UnitDay))]
[JsonSerializable(typeof(AlarmList))]
[JsonSerializable(typeof(ConsoleSettings))]
[JsonSerializable(typeof(DeviceList))]
[JsonSerializable(typeof(DeviceToAdd))]
[JsonSerializable(typeof(DevicesToAdd))]
[JsonSerializable(typeof(DeviceToName))]
[JsonSerializable(typeof(DeviceCredentials))]
[JsonSerializable(typeof(DevicesAdded))]
[JsonSerializable(typeof(AuditList))]
[JsonSerializable(typeof(UnregisteredList))]
[JsonSerializable(typeof(TenantChoices))]
internal sealed partial class ApiJson : JsonSerializerContext;
