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
    public const string TokenClaim = "token";
    private const string StampClaim = "stamp";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    public static ClaimsPrincipal Principal(Guid user, TenantId tenant, string role, Guid stamp) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, user.ToString("D", CultureInfo.InvariantCulture)),
            new Claim(TenantClaim, tenant.ToString()),
            new Claim(ClaimTypes.Role, role),
            new Claim(StampClaim, stamp.ToString("N", CultureInfo.InvariantCulture)),
        ], SchemeName));

    public static TenantId? TenantOf(ClaimsPrincipal principal) =>
        int.TryParse(principal.FindFirstValue(TenantClaim), NumberStyles.None, CultureInfo.InvariantCulture, out var tenant)
            ? new TenantId(tenant) : null;

    public static Guid? UserOf(ClaimsPrincipal principal) =>
        Guid.TryParse(principal.FindFirstValue(ClaimTypes.NameIdentifier), out var user) ? user : null;

    /// <summary>The API token that a program came with.</summary>
    public static Guid? TokenOf(ClaimsPrincipal principal) =>
        Guid.TryParse(principal.FindFirstValue(TokenClaim), out var token) ? token : null;

    /// <summary>A session from before there were stamps has the one that every user had at first.</summary>
    public static Guid StampOf(ClaimsPrincipal principal) =>
        Guid.TryParse(principal.FindFirstValue(StampClaim), out var stamp) ? stamp : Guid.Empty;

    /// <summary>The operator where it is neither a person nor a program.</summary>
    public static Actor ActorOf(ClaimsPrincipal principal) =>
        UserOf(principal) is { } user ? principal.IsInRole(Policies.OperatorRole) ? Actor.OperatorOf(user) : Actor.User(user)
        : TokenOf(principal) is { } token ? Actor.Token(token) : Actor.Operator;

    /// <summary>Begins a session of the user as he stands now. False when he may not be signed in.</summary>
    public static async Task<bool> BeginAsync(HttpContext context, TenantId tenant, Guid user, AuthenticationProperties? properties = null)
    {
        var users = context.RequestServices.GetRequiredService<UserDirectory>();
        users.Forget(user);
        if (await users.StandingAsync(tenant, user, context.RequestAborted) is not { } standing)
            return false;
        var principal = Principal(user, tenant, standing.Role, standing.Stamp);
        await context.SignInAsync(SchemeName, principal, properties);
        context.User = principal; // what is shown in the same answer is shown to him
        return true;
    }

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
            var standing = await users.StandingAsync(tenant, user, context.HttpContext.RequestAborted);
            if (standing is not null && standing.Stamp == StampOf(principal))
            {
                if (standing.Role != principal.FindFirstValue(ClaimTypes.Role))
                {
                    context.ReplacePrincipal(Principal(user, tenant, standing.Role, standing.Stamp));
                    context.ShouldRenew = true;
                }
                return;
            }
        }
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(SchemeName);
    }
}
