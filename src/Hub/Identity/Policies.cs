using System.Security.Claims;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Storage.Model;
using Microsoft.AspNetCore.Authorization;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// Who may do what: one table, and a policy of each capability's name. SECURITY.md shows the same; a test compares.
/// The operator may do all of it in every tenant: whoever holds the instance's credential, and the admins of the operator's
/// own tenant, who sign in like other people. What belongs to a person (<see cref="OwnAccount"/>) is for those who are one.
/// </summary>
internal static class Policies
{
    /// <summary>Not a user's role, but that of whoever holds the instance's credential and of <see cref="RoleOf">some people</see>.</summary>
    public const string OperatorRole = "operator";

    /// <summary>The machine's own: backups, restores, files of tracks. With the instance's credential alone.</summary>
    public const string Operator = "operator";

    /// <summary>Tenants and their limits: with the credential, or as a person who operates the instance.</summary>
    public const string Operate = "operate";

    public const string Administer = "administer";
    public const string Dispatch = "dispatch";
    public const string ReadPositions = "read-positions";
    public const string ReadAudit = "read-audit";
    public const string OwnAccount = "own-account";

    public static readonly IReadOnlyList<Capability> Table =
    [
        new(Administer, "change the tenant's devices, users, tokens and settings", [UserRole.Admin]),
        new(Dispatch, "set units' availability and acknowledge alarms", [UserRole.Admin, UserRole.Dispatcher]),
        new(ReadPositions, "see devices, positions, tracks, trips and alarms", [UserRole.Admin, UserRole.Dispatcher, UserRole.Auditor]),
        new(ReadAudit, "see who changed what", [UserRole.Admin, UserRole.Auditor]),
        new(OwnAccount, "sign in; change one's own password, passkeys and sessions", UserRole.All),
    ];

    /// <summary>What a user's role is worth in his session: an admin of the operator's own tenant is an operator.</summary>
    public static string RoleOf(TenantId tenant, string role) =>
        tenant.Value == TenantRow.OperatorId && role == UserRole.Admin ? OperatorRole : role;

    /// <summary>Whether somebody of the one role may do all that the other role may: what he may give to a program.</summary>
    public static bool Covers(string? role, string other) =>
        role is not null && Table.Where(c => c.Roles.Contains(other)).All(c => c.Roles.Contains(role));

    public static void Add(AuthorizationOptions options)
    {
        options.AddPolicy(Operator, policy => policy
            .AddAuthenticationSchemes(OperatorAuthentication.SchemeName).RequireRole(OperatorRole));
        options.AddPolicy(Operate, policy => policy.RequireRole(OperatorRole));
        foreach (var capability in Table)
        {
            options.AddPolicy(capability.Name, policy =>
            {
                policy.RequireRole([OperatorRole, .. capability.Roles]);
                if (capability.Name == OwnAccount)
                    policy.RequireClaim(ClaimTypes.NameIdentifier);
            });
        }
    }
}

/// <param name="Does">What it lets its holder do, for people.</param>
internal sealed record Capability(string Name, string Does, IReadOnlyList<string> Roles);
