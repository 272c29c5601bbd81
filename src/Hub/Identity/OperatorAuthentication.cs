using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using FieldCrm.Hub.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// <c>Authorization: Bearer CREDENTIAL</c> with the credential of DIR, from this machine only. The key never leaves it,
/// so one that arrives from elsewhere was stolen.
/// </summary>
internal sealed class OperatorAuthentication(
    OperatorKey key, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Operator";
    public const string Prefix = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return Task.FromResult(AuthenticateResult.NoResult());
        if (Context.Connection.RemoteIpAddress is not { } remote || !IPAddress.IsLoopback(remote) || ProxySettings.WasHandedOn(Request))
            return Task.FromResult(AuthenticateResult.Fail("The operator's credential counts on this machine only."));
        if (!key.Matches(header[Prefix.Length..].Trim()))
            return Task.FromResult(AuthenticateResult.Fail("This is not the operator's credential."));
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Role, Policies.OperatorRole)], SchemeName);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        Problems.WriteAsync(Context, Problems.SignInRequired);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.WriteAsync(Context, Problems.Forbidden);
}
