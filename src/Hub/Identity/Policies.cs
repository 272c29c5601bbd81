using FieldCrm.Core.Tenants;
using Microsoft.AspNetCore.Authorization;

namespace FieldCrm.Hub.Identity;

/// <summary>Who may do what. The operator may administrate and read; each role also has a policy of its own name.</summary>
internal static class Policies
{
    /// <summary>Not a user's role: whoever holds the instance's credential.</summary>
    public const string OperatorRole = "operator";

    /// <summary>The instance itself: tenants, backups.</summary>
    public const string Operator = "operator";

    /// <summary>A tenant's devices, users and settings.</summary>
    public const string Administer = "administer";

    /// <summary>See devices, positions and tracks.</summary>
    public const string ReadPositions = "read-positions";

    public static void Add(AuthorizationOptions options)
    {
        foreach (var role in UserRole.All)
            options.AddPolicy(role, policy => policy.RequireRole(role));
        options.AddPolicy(Operator, policy => policy
            .AddAuthenticationSchemes(OperatorAuthentication.SchemeName).RequireRole(OperatorRole));
        options.AddPolicy(Administer, policy => policy.RequireRole(OperatorRole, UserRole.Admin));
        options.AddPolicy(ReadPositions, policy => policy.RequireRole(
            OperatorRole, UserRole.Admin, UserRole.Dispatcher, UserRole.Auditor));
    }
}
