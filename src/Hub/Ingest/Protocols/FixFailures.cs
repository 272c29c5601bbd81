using FieldCrm.Core;
using FieldCrm.Core.Devices;

namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>
/// Why one fix is refused, whatever the dialect. The codes are documented in docs/wire/OSMAND.md and
/// docs/wire/FIXES.md; a test compares them.
/// </summary>
internal static class FixFailures
{
    public static readonly Failure LatitudeMissing = new("fix.latitude-missing", "The position has no latitude.");
    public static readonly Failure LatitudeInvalid = new("fix.latitude-invalid", "The latitude is not a decimal number of degrees.");
    public static readonly Failure LatitudeOutOfRange = new("fix.latitude-out-of-range", "The latitude lies outside -90 to 90 degrees.");
    public static readonly Failure LongitudeMissing = new("fix.longitude-missing", "The position has no longitude.");
    public static readonly Failure LongitudeInvalid = new("fix.longitude-invalid", "The longitude is not a decimal number of degrees.");
    public static readonly Failure LongitudeOutOfRange = new("fix.longitude-out-of-range", "The longitude lies outside -180 to 180 degrees.");
    public static readonly Failure LocationInvalid = new("fix.location-invalid", "The location is not latitude and longitude separated by one comma.");
    public static readonly Failure TimestampMissing = new("fix.timestamp-missing", "The fix has no time.");
    public static readonly Failure TimestampInvalid = new("fix.timestamp-invalid", "The time is in none of the documented forms, or lies after the year 9999.");
    public static readonly Failure AltitudeInvalid = new("fix.altitude-invalid", "The altitude is not a decimal number of metres.");
    public static readonly Failure SpeedInvalid = new("fix.speed-invalid", "The speed is not a decimal number.");
    public static readonly Failure HeadingInvalid = new("fix.heading-invalid", "The heading is not a decimal number of degrees.");
    public static readonly Failure AccuracyInvalid = new("fix.accuracy-invalid", "The accuracy is not a decimal number of metres.");
    public static readonly Failure BatteryInvalid = new("fix.battery-invalid", "The battery level is not a decimal number.");
    public static readonly Failure AlarmInvalid = new("fix.alarm-invalid", "The alarm is not a word.");
    public static readonly Failure ValidInvalid = new("fix.valid-invalid", "The member valid is neither true nor false.");
    public static readonly Failure AttributesInvalid = new("fix.attributes-invalid", "The attributes are not an object.");
    public static readonly Failure AttributesTooLarge = new("fix.attributes-too-large",
        $"The attributes are longer than {Fix.MaxAttributesLength} characters of JSON.");
    public static readonly Failure FieldUnknown = new("fix.field-unknown", "The fix has a member that this version does not know; put it into attributes.");
    public static readonly Failure FieldDuplicate = new("fix.field-duplicate", "A member of the fix is given more than once.");
    public static readonly Failure NotAnObject = new("fix.not-an-object", "The element of the list is not an object.");

    public static IReadOnlyList<Failure> All { get; } =
    [
        LatitudeMissing, LatitudeInvalid, LatitudeOutOfRange, LongitudeMissing, LongitudeInvalid, LongitudeOutOfRange,
        LocationInvalid, TimestampMissing, TimestampInvalid, AltitudeInvalid, SpeedInvalid, HeadingInvalid,
        AccuracyInvalid, BatteryInvalid, AlarmInvalid, ValidInvalid, AttributesInvalid, AttributesTooLarge,
        FieldUnknown, FieldDuplicate, NotAnObject,
    ];
}
