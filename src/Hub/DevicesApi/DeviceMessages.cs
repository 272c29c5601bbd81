using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;

namespace FieldCrm.Hub.DevicesApi;

/// <param name="Id">What the device is called in its tenant.</param>
/// <param name="Name">For people; the id when left out.</param>
/// <param name="AcceptsEnrolment">May report under its id through the tenant's enrolment URL.</param>
/// <param name="BareId">May report under this id with no secret at all (old trackers).</param>
/// <param name="Kind">vehicle (unless given), person or asset: what carries it.</param>
/// <param name="Phone">Of who is with it.</param>
internal sealed record DeviceToAdd(
    string Id, string? Name = null, bool AcceptsEnrolment = false, string? BareId = null, string? Kind = null, string? Phone = null)
{
    public static readonly Failure KindInvalid = new("device.kind-invalid", "A kind is vehicle, person or asset.");

    /// <summary>Null where it can be registered.</summary>
    public Failure? Validate() => TextOr(Kind) is { } kind && UnitKinds.Of(kind) is null
        ? KindInvalid : TenantDecider.Validate(ToNewDevice(default, null));

    /// <summary>A device without a name is called by its id.</summary>
    public NewDevice ToNewDevice(DeviceId number, SecretHash? tokenHash) => new(
        number, Id, TextOr(Name) ?? Id, tokenHash, AcceptsEnrolment, BareId, UnitKinds.Of(TextOr(Kind) ?? "") ?? UnitKind.Vehicle, TextOr(Phone));

    // A file has empty columns where nothing is known.
    private static string? TextOr(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

internal sealed record DevicesToAdd(IReadOnlyList<DeviceToAdd> Devices);

internal sealed record DeviceToName(string Id, string? Name = null);

/// <param name="Id">Under which it reported.</param>
/// <param name="Name">For people; the id when left out.</param>
/// <param name="Kind">vehicle (unless given), person or asset: what carries it. A device that is registered already stays what it is.</param>
internal sealed record DeviceToAdmit(string Id, string? Name = null, string? Kind = null);

/// <summary>What is left out stays as it is.</summary>
/// <param name="Kind">vehicle, person or asset.</param>
/// <param name="Phone">Of who is with it; empty takes it away.</param>
internal sealed record DeviceToSet(string Id, string? Name = null, string? Kind = null, string? Phone = null);

/// <param name="Token">Shown this once.</param>
/// <param name="Url">Complete but for the position's own parameters, which are appended to it.</param>
/// <param name="AuthorityUrl">Where the device gets the local CA's root, which it must trust first; absent when it need not.</param>
/// <param name="PlainUrl">The same by plain HTTP, for a tracker that cannot trust it; absent when none is needed, or open.</param>
internal sealed record DeviceCredentials(string Id, string Token, string Url, string? AuthorityUrl = null, string? PlainUrl = null);

internal static class AddStatus
{
    public const string Added = "added";
    public const string Known = "known";
    public const string Refused = "refused";
}

/// <param name="Status">One of <see cref="AddStatus"/>.</param>
internal sealed record DeviceAdded(string Id, string Status, string? Token, string? Url, Failure? Refusal);

internal sealed record DevicesAdded(IReadOnlyList<DeviceAdded> Devices);

internal sealed record DeviceAnswer(
    string Id, string Name, string Kind, string? Phone, bool IsDisabled, bool HasToken, bool AcceptsEnrolment, string? BareId, DateTimeOffset CreatedAt);

/// <param name="Next">Pass as <c>after</c> for the next page; null on the last.</param>
internal sealed record DevicesAnswer(IReadOnlyList<DeviceAnswer> Devices, string? Next);
