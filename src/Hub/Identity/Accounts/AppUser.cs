using System.Globalization;
using FieldCrm.Core;

namespace FieldCrm.Hub.Identity.Accounts;

/// <summary>A user as ASP.NET Core Identity sees him: read from the read models, changed through the tenant's grain.</summary>
public sealed class AppUser
{
    public required TenantId Tenant { get; init; }

    public required Guid UserId { get; init; }

    public required string Name { get; init; }

    public required string Role { get; init; }

    public required Guid SessionStamp { get; init; }

    public required bool IsDisabled { get; init; }

    /// <summary>An identity provider vouches for him: he has no password and no passkey.</summary>
    public required bool IsExternal { get; init; }

    public string? PasswordHash { get; set; }

    /// <summary>Tenant and user in one text: what a passkey keeps, so that no look-up over all tenants is needed.</summary>
    public string Id => IdOf(Tenant, UserId);

    public static string IdOf(TenantId tenant, Guid user) =>
        string.Create(CultureInfo.InvariantCulture, $"{tenant.Value}.{user:N}");

    public static (TenantId Tenant, Guid User)? Parse(string id) =>
        id.Split('.') is [var tenant, var user]
        && int.TryParse(tenant, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && Guid.TryParseExact(user, "N", out var guid)
            ? (new TenantId(number), guid) : null;
}
