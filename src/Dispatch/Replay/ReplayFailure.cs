using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Replay;

/// <summary>Why there is no replay, or not all of it, in words: the codes of docs/wire/REPLAY.md and of the server.</summary>
public static class ReplayFailure
{
    public const string CutOff = "replay.cut-off";
    public const string Closed = "replay.closed";
    public const string TooLarge = "replay.too-large";

    /// <summary>What the map module rejects with is <c>CODE: …</c>, with or without the kind of error before it.</summary>
    public static string CodeOf(string message)
    {
        foreach (var part in message.Split('\n')[0].Split(": "))
        {
            if (part.Contains('.', StringComparison.Ordinal) && part.All(c => c is '.' or '-' || char.IsAsciiLetterLower(c)))
                return part;
        }
        return "";
    }

    public static string Text(string message, Words words) => CodeOf(message) switch
    {
        TooLarge or "replay.span-too-long" => words.ReplayTooLarge,
        "replay.unreachable" or CutOff or "server.unavailable" => words.ReplayUnreachable,
        "webgl.missing" => words.ReplayNoWebGl,
        "people.reason-required" or "people.reason-invalid" => words.ReasonRefused,
        "auth.forbidden" => words.NotAllowed,
        "auth.required" => words.SignInAgain,
        var code => Formats.Fill(words.ReplayFailed, code.Length > 0 ? code : message.Split('\n')[0]),
    };
}
