using System.Security.Cryptography;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// Secrets that stand in URLs: 32 letters and digits of Crockford's base 32 in lower case (160 random bits), so that
/// one can be read aloud and none of them changes in a URL. Shown once; only the SHA-256 is kept.
/// </summary>
internal static class SecretToken
{
    public const int Length = 32;

    /// <summary>No URL of ours is longer; a longer text is nobody's token and is not even hashed.</summary>
    public const int MaxLength = 64;

    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public static string Create() => RandomNumberGenerator.GetString(Alphabet, Length);
}
