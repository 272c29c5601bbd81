using FieldCrm.Core;

namespace FieldCrm.Hub.DevicesApi;

/// <param name="Id">What the device is called in its tenant.</param>
/// <param name="Name">For people; the id when left out.</param>
/// <param name="AcceptsEnrolment">May report under its id through the tenant's enrolment URL.</param>
/// <param name="BareId">May report under this id with no secret at all (old trackers).</param>
internal sealed record DeviceToAdd(string Id, string? Name = null, bool AcceptsEnrolment = false, string? BareId = null);

internal sealed record DevicesToAdd(IReadOnlyList<DeviceToAdd> Devices);

internal sealed record DeviceToName(string Id, string? Name = null);

/// <param name="Token">Shown this once.</param>
/// <param name="Url">Complete but for the position's own parameters, which are appended to it.</param>
internal sealed record DeviceCredentials(string Id, string Token, string Url);

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
    string Id, string Name, bool IsDisabled, bool HasToken, bool AcceptsEnrolment, string? BareId, DateTimeOffset CreatedAt);

/// <param name="Next">Pass as <c>after</c> for the next page; null on the last.</param>
internal sealed record DevicesAnswer(IReadOnlyList<DeviceAnswer> Devices, string? Next);
