using FieldCrm.Core;

namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>Why a whole batch body is refused. Documented in docs/wire/FIXES.md; a test compares them.</summary>
internal static class FixesJsonFailures
{
    public static readonly Failure TooLarge = new("fixes.body-too-large",
        $"The body is longer than {FixesJsonDecoder.MaxBytes} bytes; send several.");
    public static readonly Failure EncodingInvalid = new("fixes.encoding-invalid", "The body is not valid UTF-8.");
    public static readonly Failure JsonInvalid = new("fixes.json-invalid", "The body is not one complete JSON object, or is nested too deep.");
    public static readonly Failure Missing = new("fixes.missing", "The body has no list named fixes.");
    public static readonly Failure TooMany = new("fixes.too-many", $"There are more than {FixesJsonDecoder.MaxFixes} fixes; send several bodies.");
    public static readonly Failure FieldUnknown = new("fixes.field-unknown", "The body has a member besides fixes.");
    public static readonly Failure FieldDuplicate = new("fixes.field-duplicate", "The body has more than one member named fixes.");

    public static IReadOnlyList<Failure> All { get; } =
        [TooLarge, EncodingInvalid, JsonInvalid, Missing, TooMany, FieldUnknown, FieldDuplicate];
}
