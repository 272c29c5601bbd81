using System.Security.Cryptography;
using System.Text;

namespace FieldCrm.Core.People;

/// <summary>What a person says yes or no to; stored by these words.</summary>
public static class ConsentPurpose
{
    /// <summary>That his position is taken in, stored and shown while he is on shift.</summary>
    public const string Positions = "positions";
}

/// <summary>Where he said it.</summary>
public static class ConsentChannel
{
    /// <summary>A page of ours, signed in as himself.</summary>
    public const string OwnPage = "own-page";
}

/// <summary>A notice as it was shown: whoever asks later can be shown exactly this.</summary>
/// <param name="Version">Of the notice; a newer one asks again.</param>
/// <param name="Language">Of the text, two letters.</param>
/// <param name="RetentionDays">How long it says that detail is kept: keeping it longer asks again.</param>
/// <param name="Text">All of it, 1 to <see cref="MaxText"/> characters.</param>
public sealed record ConsentNotice(string Purpose, string Channel, int Version, string Language, int RetentionDays, string Text)
{
    public const int MaxText = 8_000;

    /// <summary>SHA-256 of the text as UTF-8, 64 lower-case hexadecimal digits.</summary>
    public string TextHash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));
}

/// <summary>A consent that stands.</summary>
public sealed record Consent(string Purpose, int Version, int RetentionDays, UtcMicros From)
{
    /// <summary>Whether it still says what the notice of today says.</summary>
    public bool Covers(int version, int retentionDays) => Version >= version && RetentionDays >= retentionDays;
}
