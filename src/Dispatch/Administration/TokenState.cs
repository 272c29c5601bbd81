using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Administration;

/// <summary>Whether a token works, and why not.</summary>
public sealed record TokenState(bool IsUsable, string Text)
{
    public static TokenState Of(TokenView token, DateTimeOffset now, Words words) =>
        token.RevokedAt is not null ? new TokenState(false, words.Admin.TokenRevoked)
        : token.ExpiresAt <= now ? new TokenState(false, words.Admin.TokenEnded)
        : new TokenState(true, words.Admin.TokenWorks);
}
