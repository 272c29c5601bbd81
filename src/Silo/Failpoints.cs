namespace FieldCrm.Silo;

/// <summary>
/// Named places at which a proof holds the process in order to kill it from outside. Off unless the environment
/// variable <c>FIELDCRM_FAILPOINTS</c> names a folder; then a file <c>NAME.arm</c> in it arms the place NAME: the
/// next call there renames it to <c>NAME.held</c> and waits until that file is deleted (or the process is killed).
/// </summary>
public static class Failpoints
{
    public const string BeforeCopy = "commit.before-copy";
    public const string AfterCopy = "commit.after-copy";
    public const string BeforeCommit = "commit.before-commit";
    public const string AfterCommit = "commit.after-commit";
    public const string BeforePublish = "grain.before-publish";
    public const string InRefold = "refold.running";
    public const string InSnapshot = "commit.in-snapshot";

    /// <summary>Every place there is, for the proofs that visit each.</summary>
    public static readonly IReadOnlyList<string> All =
        [BeforeCopy, AfterCopy, BeforeCommit, AfterCommit, BeforePublish, InRefold, InSnapshot];

    private static readonly string? Folder = Environment.GetEnvironmentVariable("FIELDCRM_FAILPOINTS");

    /// <summary>Costs one comparison when no folder is named.</summary>
    public static ValueTask ReachAsync(string name) => Folder is null ? ValueTask.CompletedTask : HoldAsync(name);

    private static async ValueTask HoldAsync(string name)
    {
        var armed = Path.Combine(Folder!, name + ".arm");
        var held = Path.Combine(Folder!, name + ".held");
        if (!File.Exists(armed))
            return;
        try
        {
            File.Move(armed, held);
        }
        catch (IOException)
        {
            return; // another call was first
        }
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (File.Exists(held) && await poll.WaitForNextTickAsync())
        {
        }
    }
}
