namespace FieldCrm.Dispatch.Replay;

/// <summary>The replay's keys, as page.js names them while a replay is open.</summary>
public static class ReplayKeys
{
    public const string PlayOrPause = " ";
    public const string Slower = ",";
    public const string Faster = ".";
    public const string Begin = "Home";
    public const string End = "End";

    private const double MinuteMs = 60_000;

    /// <summary>How far a key goes, ms; null for a key that does not.</summary>
    public static double? StepMs(string key) => key switch
    {
        "ArrowLeft" => -MinuteMs,
        "ArrowRight" => MinuteMs,
        "Shift+ArrowLeft" => -10 * MinuteMs,
        "Shift+ArrowRight" => 10 * MinuteMs,
        _ => null,
    };
}
