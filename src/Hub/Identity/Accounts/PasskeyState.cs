using Microsoft.AspNetCore.DataProtection;

namespace FieldCrm.Hub.Identity.Accounts;

/// <summary>
/// What a passkey's ceremony must remember between its two requests: in a cookie that only we can read and that ends after
/// some minutes, so that no server keeps anything for somebody who never comes back.
/// </summary>
internal sealed class PasskeyState(IDataProtectionProvider protection, IdentityOptions options)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector("FieldCrm.Passkey").ToTimeLimitedDataProtector();

    private string Cookie => options.SessionCookieName + ".passkey";

    public void Keep(HttpContext context, string? state) => context.Response.Cookies.Append(
        Cookie, _protector.Protect(state ?? "", Lifetime),
        new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, MaxAge = Lifetime });

    /// <summary>Once: the cookie goes with it. Null when there is none, or it is not ours, or too old.</summary>
    public string? Take(HttpContext context)
    {
        if (context.Request.Cookies[Cookie] is not { Length: > 0 } kept)
            return null;
        context.Response.Cookies.Delete(Cookie, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps });
        try
        {
            return _protector.Unprotect(kept);
        }
        catch (Exception refused) when (refused is System.Security.Cryptography.CryptographicException or FormatException)
        {
            return null;
        }
    }
}
