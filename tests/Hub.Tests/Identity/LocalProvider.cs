using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace FieldCrm.Hub.Tests.Identity;

/// <summary>A real OpenID Connect provider on loopback that asks nobody: whoever comes is <see cref="Person"/>.</summary>
internal sealed class LocalProvider : IAsyncDisposable
{
    public const string ClientId = "fieldcrm";
    public const string Secret = "a secret of the test's own";

    private readonly WebApplication _app;

    private LocalProvider(WebApplication app) => _app = app;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public (string Subject, string Name, string[] Groups) Person { get; set; }

    /// <summary>Code requests without a challenge, which the product must never send.</summary>
    public int WithoutPkce { get; private set; }

    public static async Task<LocalProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        LocalProvider? provider = null;
        builder.Services.AddOpenIddict().AddServer(server =>
        {
            server.EnableDegradedMode() // no stores: the handlers below are the whole of it
                .SetAuthorizationEndpointUris("authorize").SetTokenEndpointUris("token")
                .AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange()
                .AddEphemeralEncryptionKey().AddEphemeralSigningKey().DisableAccessTokenEncryption()
                .RegisterScopes(Scopes.Profile);
            server.UseAspNetCore().DisableTransportSecurityRequirement();
            server.AddEventHandler<OpenIddictServerEvents.ValidateAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                if (context.ClientId != ClientId)
                    context.Reject(Errors.InvalidClient);
                if (string.IsNullOrEmpty(context.Request.CodeChallenge))
                    provider!.WithoutPkce++;
                return default;
            }));
            server.AddEventHandler<OpenIddictServerEvents.ValidateTokenRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                if (context.ClientId != ClientId || context.ClientSecret != Secret)
                    context.Reject(Errors.InvalidClient);
                return default;
            }));
            server.AddEventHandler<OpenIddictServerEvents.HandleAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                var (subject, name, groups) = provider!.Person;
                if (subject.Length == 0)
                {
                    context.Reject(Errors.AccessDenied);
                    return default;
                }
                var identity = new ClaimsIdentity("test", Claims.Name, Claims.Role);
                identity.AddClaim(new Claim(Claims.Subject, subject).SetDestinations(Destinations.IdentityToken));
                identity.AddClaim(new Claim(Claims.PreferredUsername, name).SetDestinations(Destinations.IdentityToken));
                foreach (var group in groups)
                    identity.AddClaim(new Claim("groups", group).SetDestinations(Destinations.IdentityToken));
                var principal = new ClaimsPrincipal(identity);
                principal.SetScopes(context.Request.GetScopes());
                context.SignIn(principal);
                return default;
            }));
        });
        var app = builder.Build();
        app.UseAuthentication();
        provider = new LocalProvider(app);
        await app.StartAsync();
        return provider;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
