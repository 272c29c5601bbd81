using FieldCrm.Core.Tenants;

namespace FieldCrm.Hub.TenantsApi;

internal sealed record TenantToAdd(string Name);

internal sealed record TenantAnswer(int Id, string Name, DateTimeOffset CreatedAt);

/// <param name="Next">Ask with <c>after</c> for the next page; null on the last.</param>
internal sealed record TenantsAnswer(IReadOnlyList<TenantAnswer> Tenants, int? Next);

/// <param name="Role">One of <see cref="UserRole.All"/>.</param>
internal sealed record UserToAdd(string Name, string Role);

internal sealed record UserToName(string Name);

/// <param name="Url">Signs the user in once before <paramref name="ExpiresAt"/>; shown this once.</param>
/// <param name="QrSvg">The same as a picture for a phone's camera.</param>
internal sealed record LinkAnswer(string User, string Role, string Url, DateTimeOffset ExpiresAt, string? QrSvg = null);

/// <param name="IsExternal">Signs in with the identity provider, which decides on his role.</param>
internal sealed record UserView(
    Guid Id, string Name, string Role, bool IsDisabled, bool IsExternal, int PasskeyCount, DateTimeOffset CreatedAt);

/// <param name="NextCursor">For the next page; absent on the last.</param>
internal sealed record UserPage(IReadOnlyList<UserView> Users, string? NextCursor);

/// <param name="Role">One of <see cref="UserRole.All"/>.</param>
internal sealed record RoleToGive(string Role);

/// <param name="Url">Where devices enrol: complete but for <c>id=…</c> and the position; null when it is not shown again.</param>
internal sealed record EnrolmentAnswer(bool IsIssued, string? Url);

/// <param name="Admit">The command line that admits it.</param>
internal sealed record UnregisteredAnswer(
    string Id, string Protocol, DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt, long Requests, string Admit);

/// <param name="NotListed">Sightings that the full list had no room for, since the tenant was last loaded.</param>
internal sealed record UnregisteredListAnswer(IReadOnlyList<UnregisteredAnswer> Devices, long NotListed);
