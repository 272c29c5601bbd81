using System.Security.Claims;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Pages;
using FieldCrm.Silo;
using FieldCrm.Silo.Tenants;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace FieldCrm.Hub.Identity.Provider;

/// <summary>
/// Signing in with the tenant's identity provider: OpenID Connect, code flow with PKCE. A person is (issuer, subject); his
/// role is what his groups give him at each sign-in, and no group with a role is no access.
/// </summary>
internal static partial class ProviderSignIn
{
    public const string SchemeName = "Provider";
    public const string Path = SignIn.Path + "/provider";

    private const string IssuerItem = "issuer";
    private const int MaxName = 200;
    private const int MaxSubject = 255; // the protocol's own bound

    private static readonly Failure Failed = new("provider.failed", "Your identity provider did not sign you in: try again.");

    public static void AddProvider(this AuthenticationBuilder authentication, IConfiguration configuration)
    {
        var provider = ProviderOptions.Read(configuration);
        authentication.Services.AddSingleton(new ProviderButton(provider?.Name));
        if (provider is null)
            return;
        authentication.Services.AddSingleton(provider);
        authentication.AddOpenIdConnect(SchemeName, oidc => Configure(oidc, provider));
    }

    public static void MapProvider(this IEndpointRouteBuilder app)
    {
        if (app.ServiceProvider.GetService<ProviderOptions>() is null)
            return;
        app.MapGet(Path, () => Results.Challenge(new AuthenticationProperties { RedirectUri = "/" }, [SchemeName]))
            .WithMetadata(new ForPeople()).RequireRateLimiting(SignIn.PageRateLimit).ExcludeFromDescription();
    }

    private static void Configure(OpenIdConnectOptions oidc, ProviderOptions provider)
    {
        oidc.Authority = provider.Authority;
        oidc.RequireHttpsMetadata = !provider.IsOnThisMachine;
        oidc.ClientId = provider.ClientId;
        oidc.ClientSecret = provider.ClientSecretFile is { } file ? File.ReadAllText(file).Trim() : null;
        oidc.ResponseType = OpenIdConnectResponseType.Code;
        // The answer comes by GET, so that the browser sends back our cookies of the way there.
        oidc.ResponseMode = OpenIdConnectResponseMode.Query;
        oidc.UsePkce = true;
        oidc.SaveTokens = false;
        oidc.MapInboundClaims = false;
        oidc.CallbackPath = Path + "/callback";
        oidc.SignInScheme = SessionCookie.SchemeName;
        foreach (var scope in provider.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            oidc.Scope.Add(scope);
        oidc.CorrelationCookie.SameSite = oidc.NonceCookie.SameSite = SameSiteMode.Lax;
        oidc.CorrelationCookie.SecurePolicy = oidc.NonceCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        oidc.Events.OnTokenValidated = context =>
        {
            context.Properties?.Items[IssuerItem] = context.SecurityToken.Issuer;
            return Task.CompletedTask;
        };
        oidc.Events.OnTicketReceived = ReceiveAsync;
        oidc.Events.OnRemoteFailure = async context =>
        {
            LogFailed(Log(context.HttpContext), context.Failure?.GetType().Name ?? "");
            context.HandleResponse();
            await RefuseAsync(context.HttpContext, Failed);
        };
    }

    private static async Task ReceiveAsync(TicketReceivedContext context)
    {
        context.HandleResponse();
        var provider = context.HttpContext.RequestServices.GetRequiredService<ProviderOptions>();
        var issuer = context.Properties?.Items.TryGetValue(IssuerItem, out var kept) == true ? kept : null;
        if (issuer is null || context.Principal?.FindFirstValue("sub") is not { Length: > 0 and <= MaxSubject } subject
            || await context.HttpContext.RequestServices.GetRequiredService<TenantNames>().FindAsync(provider.Tenant, context.HttpContext.RequestAborted) is not { } tenant)
        {
            await RefuseAsync(context.HttpContext, Failed);
            return;
        }
        var role = provider.RoleOf(context.Principal.FindAll(provider.GroupsClaim).Select(c => c.Value));
        var (user, refusal) = await DecideAsync(context.HttpContext, tenant, issuer, subject, NameOf(context.Principal, subject), role);
        // No renewal: after its time the session ends, and the groups are looked at again.
        if (refusal is null && await SessionCookie.BeginAsync(context.HttpContext, tenant, user, new AuthenticationProperties { AllowRefresh = false }))
            await PageAnswer.Of<ProceedPage>(context.HttpContext, []).ExecuteAsync(context.HttpContext);
        else
            await RefuseAsync(context.HttpContext, refusal ?? Failed);
    }

    private static async Task<(Guid User, Failure? Refusal)> DecideAsync(
        HttpContext context, TenantId tenant, string issuer, string subject, string name, string? role)
    {
        var time = context.RequestServices.GetRequiredKeyedService<TimeProvider>(SiloServices.ProductClock);
        var grain = context.RequestServices.GetRequiredService<IGrainFactory>().GetGrain<ITenantGrain>(tenant.Value);
        var external = new SignInExternal(Guid.CreateVersion7(time.GetUtcNow()), issuer, subject, name, role);
        var outcome = await grain.DecideAsync(external, Actor.System);
        if (outcome.Refusal is { Code: "user.name-taken" })
        {
            // Names are unique in the instance; his provider's host tells him from the other one.
            var host = Uri.TryCreate(issuer, UriKind.Absolute, out var address) ? address.Host : "provider";
            outcome = await grain.DecideAsync(external with { Name = $"{name} ({host})" }, Actor.System);
        }
        if (outcome.Refusal is { } refusal)
            return (default, refusal);
        return outcome.Events.OfType<SignedIn>().FirstOrDefault() is { } signedIn
            ? (signedIn.UserId, null)
            : (default, new Failure("provider.no-role", "Your identity provider has you in no group that may use this. Ask whoever runs it."));
    }

    private static string NameOf(ClaimsPrincipal person, string subject)
    {
        var name = new[] { "preferred_username", "email", "name" }.Select(person.FindFirstValue).FirstOrDefault(n => !string.IsNullOrWhiteSpace(n)) ?? subject;
        name = name.Trim();
        return name.Length <= MaxName - 60 ? name : name[..(MaxName - 60)].TrimEnd(); // room for a host's name
    }

    private static Task RefuseAsync(HttpContext context, Failure refusal) => PageAnswer.Message(
        context, Problems.StatusOf(refusal.Code), "Not signed in", refusal.Message, refusal.Code).ExecuteAsync(context);

    private static ILogger Log(HttpContext context) =>
        context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ProviderSignIn));

    [LoggerMessage(4030, LogLevel.Warning, "A sign-in with the identity provider failed ({Exception})")]
    private static partial void LogFailed(ILogger logger, string exception);
}
