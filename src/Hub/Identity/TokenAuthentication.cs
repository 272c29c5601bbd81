using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Threading.RateLimiting;
using FieldCrm.Hub.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace FieldCrm.Hub.Identity;

/// <summary><c>Authorization: Bearer fct_…</c>: a program with a token that an admin made for it.</summary>
internal sealed class TokenAuthentication(
    TokenDirectory tokens, TokenLimits limits, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Token";

    private bool _isLimited;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(OperatorAuthentication.Prefix, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.NoResult();
        var text = header[OperatorAuthentication.Prefix.Length..].Trim();
        var standing = limits.MayGuess(Context) ? await tokens.FindAsync(text, Context.RequestAborted) : null;
        if (standing is null)
        {
            _isLimited = !limits.CountGuess(Context);
            return AuthenticateResult.Fail("This is no token that may be used.");
        }
        if (!limits.MayUse(standing.Token))
        {
            _isLimited = true;
            return AuthenticateResult.Fail("This token is used too often.");
        }
        tokens.NoteUse(standing);
        var identity = new ClaimsIdentity(
            [
                new Claim(SessionCookie.TokenClaim, standing.Token.ToString("D", CultureInfo.InvariantCulture)),
                new Claim(SessionCookie.TenantClaim, standing.Tenant.ToString()),
                new Claim(ClaimTypes.Role, standing.Role),
            ], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        Problems.WriteAsync(Context, _isLimited ? Problems.TooMany : Problems.SignInRequired);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.WriteAsync(Context, Problems.Forbidden);
}

/// <summary>How often a token may be used, and how often an address may present one that is none.</summary>
internal sealed class TokenLimits : IDisposable
{
    public const int UsesPerMinute = 1_200;
    public const int GuessesPerMinute = 60;

    private readonly PartitionedRateLimiter<Guid> _uses = PartitionedRateLimiter.Create<Guid, Guid>(
        token => RateLimitPartition.GetFixedWindowLimiter(token, _ => Limits.PerMinute(UsesPerMinute)));

    private readonly PartitionedRateLimiter<string> _guesses = PartitionedRateLimiter.Create<string, string>(
        address => RateLimitPartition.GetFixedWindowLimiter(address, _ => Limits.PerMinute(GuessesPerMinute)));

    public bool MayUse(Guid token) => Limits.Take(_uses, token, 1);

    public bool MayGuess(HttpContext context) => Limits.Take(_guesses, ClientAddress.Of(context), 0);

    public bool CountGuess(HttpContext context) => Limits.Take(_guesses, ClientAddress.Of(context), 1);

    public void Dispose()
    {
        _uses.Dispose();
        _guesses.Dispose();
    }
}
