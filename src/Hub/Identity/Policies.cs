using FieldCrm.Core.Tenants;
using Microsoft.AspNetCore.Authorization;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// Who may do what: one table, and a policy of each capability's name. SECURITY.md shows the same; a test compares.
/// The operator, who is no user, may do all of it except what belongs to a person (<see cref="OwnAccount"/>).
/// </summary>
internal static class Policies
{
    /// <summary>Not a user's role: whoever holds the instance's credential.</summary>
    public const string OperatorRole = "operator";

    /// <summary>The instance itself: tenants, backups. For no user at all.</summary>
    public const string Operator = "operator";

    public const string Administer = "administer";
    public const string ReadPositions = "read-positions";
    public const string ReadAudit = "read-audit";
    public const string OwnAccount = "own-account";

    public static readonly IReadOnlyList<Capability> Table =
    [
        new(Administer, "change the tenant's devices, users, tokens and settings", [UserRole.Admin]),
        new(ReadPositions, "see devices, positions, tracks, trips and alarms", [UserRole.Admin, UserRole.Dispatcher, UserRole.Auditor]),
        new(ReadAudit, "see who changed what", [UserRole.Admin, UserRole.Auditor]),
        new(OwnAccount, "sign in; change one's own password, passkeys and sessions", UserRole.All),
    ];

    /// <summary>Whether somebody of the one role may do all that the other role may: what he may give to a program.</summary>
    public static bool Covers(string? role, string other) =>
        role is not null && Table.Where(c => c.Roles.Contains(other)).All(c => c.Roles.Contains(role));

    public static void Add(AuthorizationOptions options)
    {
        options.AddPolicy(Operator, policy => policy
            .AddAuthenticationSchemes(OperatorAuthentication.SchemeName).RequireRole(OperatorRole));
        foreach (var capability in Table)
        {
            string[] roles = capability.Name == OwnAccount ? [.. capability.Roles] : [OperatorRole, .. capability.Roles];
            options.AddPolicy(capability.Name, policy => policy.RequireRole(roles));
        }
    }
}

/// <param name="Does">What it lets its holder do, for people.</param>
internal sealed record Capability(string Name, string Does, IReadOnlyList<string> Roles);
