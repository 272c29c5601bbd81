using System.Diagnostics;
using System.Globalization;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// How children are started: in a session of their own, so that Ctrl-C reaches the supervisor alone and it decides the
/// order of stopping; and as the unprivileged account when there is one. setsid and setpriv become the child (exec), so
/// its process id is the child's.
/// </summary>
internal static class ChildCommand
{
    public static ProcessStartInfo Create(
        Account? account, string workingDirectory, string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = workingDirectory };
        if (account is not null)
        {
            start.ArgumentList.Add("setpriv");
            foreach (var argument in Identity(account))
                start.ArgumentList.Add(argument);
            start.Environment["HOME"] = workingDirectory;
        }
        start.ArgumentList.Add(program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>The same with all output appended to a file, opened by the child itself: it outlives the supervisor.</summary>
    public static ProcessStartInfo CreateDetached(
        Account? account, string workingDirectory, string log, string program, IEnumerable<string> arguments) =>
        Create(account, workingDirectory, "sh",
            ["-c", "umask 077; log=$1; shift; exec \"$@\" </dev/null >\"$log\" 2>&1", "sh", log, program, .. arguments]);

    /// <summary>The arguments of setpriv up to the program's name.</summary>
    public static string[] Identity(Account account)
    {
        var user = account.UserId.ToString(CultureInfo.InvariantCulture);
        var group = account.GroupId.ToString(CultureInfo.InvariantCulture);
        return [$"--reuid={user}", $"--regid={group}", "--init-groups", "--"];
    }
}
