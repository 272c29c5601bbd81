namespace FieldCrm.Core.Tenants;

/// <summary>A number that can be dialled, as people write it: nothing is normalised, so that it prints as it was given.</summary>
public static class PhoneNumber
{
    public const int MaxLength = 40;

    private const int MinDigits = 3;

    internal static readonly Failure Invalid = new(
        "device.phone-invalid", $"A phone number has {MinDigits} digits or more and at most {MaxLength} characters: digits, spaces and + - . / ( ) # *.");

    public static bool IsValid(string text)
    {
        if (text.Length > MaxLength || text is [' ', ..] or [.., ' '])
            return false;
        var digits = 0;
        foreach (var letter in text)
        {
            if (char.IsAsciiDigit(letter))
                digits++;
            else if (letter is not (' ' or '+' or '-' or '.' or '/' or '(' or ')' or '#' or '*'))
                return false;
        }
        return digits >= MinDigits;
    }

    /// <summary>What a telephone is told to dial: the same without what only people read.</summary>
    public static string ToDial(string text) => string.Concat(text.Where(c => char.IsAsciiDigit(c) || c is '+' or '#' or '*'));
}
