using System.Globalization;
using System.Security.Claims;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// A person's session: a signed and encrypted cookie with user, tenant and role. It is asked after at every request
/// (<see cref="UserDirectory"/>): a disabled user is out and a new role is in within 5 s.
/// </summary>
internal static class SessionCookie
{
    public const string SchemeName = "Session";
    public const string TenantClaim = "tenant";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    public static ClaimsPrincipal Principal(Guid user, TenantId tenant, string role) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, user.ToString("D", CultureInfo.InvariantCulture)),
            new Claim(TenantClaim, tenant.ToString()),
            new Claim(ClaimTypes.Role, role),
        ], SchemeName));

    public static TenantId? TenantOf(ClaimsPrincipal principal) =>
        int.TryParse(principal.FindFirstValue(TenantClaim), NumberStyles.None, CultureInfo.InvariantCulture, out var tenant)
            ? new TenantId(tenant) : null;

    public static Guid? UserOf(ClaimsPrincipal principal) =>
        Guid.TryParse(principal.FindFirstValue(ClaimTypes.NameIdentifier), out var user) ? user : null;

    /// <summary>The operator where it is no person.</summary>
    public static Actor ActorOf(ClaimsPrincipal principal) =>
        UserOf(principal) is { } user ? Actor.User(user) : Actor.Operator;

    public static void Configure(CookieAuthenticationOptions options)
    {
        options.ExpireTimeSpan = Lifetime;
        options.SlidingExpiration = true;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.Events.OnValidatePrincipal = ValidateAsync;
        options.Events.OnRedirectToLogin = context => Problems.WriteAsync(context.HttpContext, Problems.SignInRequired);
        options.Events.OnRedirectToAccessDenied = context => Problems.WriteAsync(context.HttpContext, Problems.Forbidden);
    }

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        if (context.Principal is { } principal && UserOf(principal) is { } user && TenantOf(principal) is { } tenant)
        {
            var users = context.HttpContext.RequestServices.GetRequiredService<UserDirectory>();
            var role = await users.RoleAsync(tenant, user, context.HttpContext.RequestAborted);
            if (role is not null)
            {
                if (role != principal.FindFirstValue(ClaimTypes.Role))
                {
                    context.ReplacePrincipal(Principal(user, tenant, role));
                    context.ShouldRenew = true;
                }
                return;
            }
        }
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(SchemeName);
    }
}
