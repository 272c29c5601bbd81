using System.Diagnostics;
using System.Globalization;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// The unprivileged account that PostgreSQL and the server run as when the supervisor is root (PostgreSQL refuses
/// root, and a server open to the network should not be it). For anybody else there is none: children run as oneself.
/// </summary>
internal sealed record Account(string Name, int UserId, int GroupId)
{
    private const string Preferred = "fieldcrm";

    // Where useradd is missing: an account that owns nothing else of ours.
    private static readonly string[] Fallbacks = ["postgres", "nobody"];

    /// <summary>
    /// Null unless this process is root. An existing cluster's owner, so that root may start what a user made; else the
    /// system account <c>fieldcrm</c>, which is made when there is none.
    /// </summary>
    public static Account? ForChildren(string cluster, Action<string> say)
    {
        if (!Native.IsRoot)
            return null;
        if (Directory.Exists(cluster) && TryRun("stat", "--format=%U", cluster)?.Trim() is { } name and not "root"
            && Find(name) is { } owner)
            return owner;
        return OfTheSystem(say);
    }

    private static Account OfTheSystem(Action<string> say)
    {
        if (Find(Preferred) is { } existing)
            return existing;
        if (TryRun("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
            "--shell", "/usr/sbin/nologin", Preferred) is not null && Find(Preferred) is { } made)
        {
            say($"made the system account {Preferred}: PostgreSQL and the server run as it, not as root");
            return made;
        }
        foreach (var fallback in Fallbacks)
        {
            if (Find(fallback) is { } other)
                return other;
        }
        throw new StartRefusedException("account.missing",
            $"No unprivileged account can be used: run `useradd --system {Preferred}`, or start as an ordinary user.");
    }

    public void Own(string path) => Native.ChangeOwner(path, UserId, GroupId);

    /// <summary>
    /// Lets the account walk down to <paramref name="path"/>: adds o+x (never o+r) to the parents that need it.
    /// </summary>
    public void MakeReachable(string path, Action<string> say)
    {
        for (var parent = Directory.GetParent(path); parent is not null; parent = parent.Parent)
        {
            var mode = parent.UnixFileMode;
            if (mode.HasFlag(UnixFileMode.OtherExecute) || CanEnter(parent.FullName))
                continue;
            parent.UnixFileMode = mode | UnixFileMode.OtherExecute;
            say($"made {parent.FullName} passable (chmod o+x) for the account {Name}");
        }
    }

    private bool CanEnter(string directory) => TryRun(
        "setpriv", [.. ChildCommand.Identity(this), "test", "-x", directory]) is not null;

    private static Account? Find(string name)
    {
        var fields = TryRun("getent", "passwd", name)?.Trim().Split(':');
        return fields is { Length: >= 4 }
            ? new Account(name, int.Parse(fields[2], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture))
            : null;
    }

    /// <summary>Standard output, or null when the tool is missing or fails.</summary>
    private static string? TryRun(string tool, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(tool, arguments)
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
