namespace FieldCrm.Core;

/// <summary>What people call things and say of them in a line.</summary>
public static class OneLine
{
    /// <summary>1 to <paramref name="longest"/> characters, none of them control characters, no space at either end.</summary>
    public static bool Is(string text, int longest)
    {
        if (text.Length is 0 || text.Length > longest || char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]))
            return false;
        foreach (var letter in text)
        {
            if (char.IsControl(letter) || char.IsSurrogate(letter) && !IsWellFormed(text))
                return false;
        }
        return true;
    }

    // A lone surrogate cannot be stored as UTF-8.
    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[++i]))
                return false;
        }
        return true;
    }
}
