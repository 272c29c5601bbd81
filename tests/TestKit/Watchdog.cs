using System.Diagnostics;

namespace FieldCrm.TestKit;

/// <summary>
/// Ends whatever real processes a test started in a temporary directory, and removes it, as soon as this process is gone
/// or lets go: also when the test run itself is killed. A shell in a session of its own, waiting on a pipe from us.
/// </summary>
internal sealed class Watchdog : IAsyncDisposable
{
    // A process is the test's when its command line names the directory, which no other knows. The supervisor goes
    // first, or it would restart the rest; PostgreSQL is ended at once (QUIT): a test's data has nothing to lose.
    private const string Script = """
        exec >/dev/null 2>&1
        cat
        for p in /proc/[0-9]*; do
          id=${p#/proc/}
          if [ "$id" = $$ ] || [ "$(cat "$p/comm")" = postgres ]; then continue; fi
          case "$(tr '\0' ' ' <"$p/cmdline")" in *"$1"*) kill -KILL "$id" ;; esac
        done
        id=$(head -n 1 "$1/postgres/postmaster.pid")
        if [ -n "$id" ] && [ "$(readlink "/proc/$id/cwd")" = "$1/postgres" ]; then
          kill -QUIT "$id"
          while kill -0 "$id"; do sleep 0.05; done
        fi
        rm -rf "$1"
        """;

    private readonly Process _shell;

    private Watchdog(Process shell) => _shell = shell;

    public static Watchdog Over(string directory) => new(Process.Start(
        new ProcessStartInfo("setsid", ["sh", "-c", Script, "sh", directory]) { RedirectStandardInput = true })!);

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }
}
