using System.Collections.Frozen;
using Microsoft.AspNetCore.Identity;

namespace FieldCrm.Hub.Identity.Accounts;

/// <summary>
/// Length, and what a guesser tries first; no rules of composition, which make passwords worse (NIST SP 800-63B, 5.1.1.2).
/// Codes: <c>password.too-short</c>, <c>password.too-long</c>, <c>password.has-name</c>, <c>password.too-common</c>.
/// </summary>
internal sealed class PasswordRules : IPasswordValidator<AppUser>
{
    public const int MinLength = 12;

    /// <summary>Longer ones would only cost time to hash.</summary>
    public const int MaxLength = 256;

    private const int MinDistinct = 5;
    private const int MinNameLength = 3;

    // Long enough and still everybody's; written down by us, as no list that we may give away was at hand.
    private static readonly FrozenSet<string> Common = new[]
    {
        "administrator", "administrador", "changemeplease", "changeme12345", "correcthorsebatterystaple", "contraseña1234",
        "fieldservice", "geheim123456", "iloveyou1234", "letmeinplease", "letmein12345", "password1234", "password12345", "password123456",
        "passwordpassword", "passwort1234", "passwort12345", "qwertyuiop12", "qwertyuiop123", "qwertyuiopasdf", "qwerty123456", "qwertzuiop123",
        "welcome12345", "welcome123456", "superadministrator", "supersecret123", "trustno1trustno1", "montevideo2026", "montevideo1234",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly string[] Runs =
        ["01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn"];

    public Task<IdentityResult> ValidateAsync(UserManager<AppUser> manager, AppUser user, string? password) =>
        Task.FromResult(Check(user.Name, password ?? "") is { } refused ? IdentityResult.Failed(refused) : IdentityResult.Success);

    public static IdentityError? Check(string name, string password)
    {
        if (password.Length < MinLength)
            return Refused("password.too-short", $"A password has at least {MinLength} characters; a few words are a good one.");
        if (password.Length > MaxLength)
            return Refused("password.too-long", $"A password has at most {MaxLength} characters.");
        if (name.Length >= MinNameLength && password.Contains(name, StringComparison.OrdinalIgnoreCase)
            || password.Contains("fieldcrm", StringComparison.OrdinalIgnoreCase))
            return Refused("password.has-name", "Your name and the product's are the first that a guesser tries: leave them out.");
        return Common.Contains(password) || password.Distinct().Count() < MinDistinct || IsRun(password)
            ? Refused("password.too-common", "Too many people have this one: choose another.") : null;
    }

    private static bool IsRun(string password) =>
        Runs.Any(run => run.Contains(password, StringComparison.OrdinalIgnoreCase)
            || password.StartsWith(run, StringComparison.OrdinalIgnoreCase)
            || (run.StartsWith(password[..MinLength], StringComparison.OrdinalIgnoreCase)));

    private static IdentityError Refused(string code, string text) => new() { Code = code, Description = text };
}
