using FieldCrm.Core;

namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>Why a whole OsmAnd request is refused. Documented in docs/wire/OSMAND.md; a test compares them.</summary>
internal static class OsmAndFailures
{
    public static readonly Failure TooLarge = new("osmand.body-too-large",
        $"Query and body are longer than {OsmAndDecoder.MaxBytes} bytes.");
    public static readonly Failure EncodingInvalid = new("osmand.encoding-invalid", "The text is not valid UTF-8, or a percent escape is broken.");
    public static readonly Failure ParametersTooMany = new("osmand.parameters-too-many",
        $"There are more than {OsmAndDecoder.MaxParameters} parameters.");
    public static readonly Failure ParameterTooLong = new("osmand.parameter-too-long",
        $"A parameter's name is longer than {OsmAndDecoder.MaxNameBytes} bytes or its value longer than {OsmAndDecoder.MaxValueBytes}.");
    public static readonly Failure ParameterConflict = new("osmand.parameter-conflict", "A parameter of the position is given twice with different values.");
    public static readonly Failure DeviceIdInvalid = new("osmand.device-id-invalid",
        $"The device id is longer than {OsmAndDecoder.MaxDeviceIdLength} characters, or not plain text.");
    public static readonly Failure JsonInvalid = new("osmand.json-invalid", "The body is not one complete JSON object, or is nested too deep.");
    public static readonly Failure LocationMissing = new("osmand.location-missing", "The body has no location object with coords.");

    public static IReadOnlyList<Failure> All { get; } =
    [
        TooLarge, EncodingInvalid, ParametersTooMany, ParameterTooLong, ParameterConflict, DeviceIdInvalid, JsonInvalid,
        LocationMissing,
    ];
}
