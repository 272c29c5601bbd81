using System.Text;

namespace FieldCrm.Core.People;

/// <summary>What of a person somebody opened; stored by these words.</summary>
public static class LookedAt
{
    public const string Unit = "unit";
    public const string Day = "day";
    public const string Track = "track";
    public const string Export = "export";
    public const string Events = "events";
    public const string Replay = "replay";
}

/// <summary>Why somebody opens a person's detail, in his own words: the person reads them.</summary>
public static class LookReason
{
    /// <summary>"accident" has eight letters; "x" is no reason.</summary>
    public const int MinLength = 8;

    public const int MaxLength = 300;

    public static readonly Failure Required = new(
        "people.reason-required",
        $"This is about a person: say why you look, in {MinLength} to {MaxLength} characters that he will read (the header X-Reason, percent-encoded, or ?reason=).");

    public static readonly Failure Invalid = new(
        "people.reason-invalid", $"A reason has at most {MaxLength} characters, none of them control characters.");

    /// <summary>The reason as it is stored: without space at its ends, runs of space made one.</summary>
    public static (string? Reason, Failure? Refusal) Read(string? text)
    {
        if (text is null || text.Length > MaxLength * 4)
            return (null, text is null ? Required : Invalid);
        var reason = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            if (char.IsWhiteSpace(letter))
            {
                if (reason.Length > 0 && reason[^1] != ' ')
                    reason.Append(' ');
            }
            else if (char.IsControl(letter) || letter == '\uFFFD')
            {
                return (null, Invalid);
            }
            else
            {
                reason.Append(letter);
            }
        }
        var trimmed = reason.ToString().TrimEnd();
        if (trimmed.Length > MaxLength || !IsWellFormed(trimmed))
            return (null, Invalid);
        return trimmed.Length < MinLength ? (null, Required) : (trimmed, null);
    }

    // A lone surrogate cannot be stored as UTF-8.
    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[++i])))
                return false;
        }
        return true;
    }
}
