using FieldCrm.Core.Devices;

namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>
/// The words that clients raise an alarm with: the ones the OsmAnd protocol's clients use, and our own kinds' names.
/// A word nobody knows still is an alarm: <see cref="AlarmKind.Other"/>.
/// </summary>
internal static class AlarmWords
{
    // Looked through in order; our own name of a kind comes first of its words.
    private static readonly (string Word, AlarmKind Kind)[] Known =
    [
        ("sos", AlarmKind.Sos), ("crash", AlarmKind.Crash), ("accident", AlarmKind.Crash), ("fall", AlarmKind.Fall),
        ("fallDown", AlarmKind.Fall), ("tow", AlarmKind.Tow), ("tamper", AlarmKind.Tamper),
        ("tampering", AlarmKind.Tamper), ("removing", AlarmKind.Tamper), ("gpsAntennaCut", AlarmKind.Tamper),
        ("jamming", AlarmKind.Tamper), ("powerCut", AlarmKind.PowerCut), ("lowBattery", AlarmKind.LowBattery),
        ("lowPower", AlarmKind.LowBattery), ("overspeed", AlarmKind.Overspeed),
        ("harshDriving", AlarmKind.HarshDriving), ("hardAcceleration", AlarmKind.HarshDriving),
        ("hardBraking", AlarmKind.HarshDriving), ("hardCornering", AlarmKind.HarshDriving),
        ("movement", AlarmKind.Movement), ("vibration", AlarmKind.Movement), ("other", AlarmKind.Other),
        ("none", AlarmKind.None), ("false", AlarmKind.None), ("0", AlarmKind.None),
    ];

    /// <summary>
    /// The kind of one word, or the most serious of several separated by commas. Letter case does not matter.
    /// </summary>
    public static AlarmKind KindOf(ReadOnlySpan<char> words)
    {
        var worst = AlarmKind.None;
        foreach (var part in words.Split(','))
        {
            var kind = KindOfOne(words[part].Trim());
            if (Seriousness(kind) > Seriousness(worst))
                worst = kind;
        }
        return worst;
    }

    /// <summary>The word is exactly our own name of a kind, so that the kind says all of it.</summary>
    public static bool IsOwnName(ReadOnlySpan<char> words)
    {
        var previous = (AlarmKind)byte.MaxValue;
        foreach (var (word, kind) in Known)
        {
            if (kind != previous && words.SequenceEqual(word))
                return true;
            previous = kind;
        }
        return false;
    }

    private static AlarmKind KindOfOne(ReadOnlySpan<char> word)
    {
        if (word.IsEmpty)
            return AlarmKind.None;
        foreach (var (known, kind) in Known)
        {
            if (word.Equals(known, StringComparison.OrdinalIgnoreCase))
                return kind;
        }
        return AlarmKind.Other;
    }

    // From SOS on, the kinds are numbered by falling seriousness; Other is below them all.
    private static int Seriousness(AlarmKind kind) => kind switch
    {
        AlarmKind.None => 0,
        AlarmKind.Other => 1,
        _ => byte.MaxValue - (int)kind,
    };
}
