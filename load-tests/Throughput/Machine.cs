using System.Diagnostics;
using System.Globalization;

namespace FieldCrm.LoadTests.Throughput;

/// <summary>What a figure was measured on: a figure without its machine says nothing.</summary>
internal static class Machine
{
    public static string Describe()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':', 2)[1].Trim() ?? "unknown CPU";
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024);
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores {model}, {memory:0} GB");
    }

    /// <summary>The checked-out commit, with <c>+</c> when files differ from it; <c>unknown</c> outside a checkout.</summary>
    public static string Commit()
    {
        var commit = Git("rev-parse", "--short=10", "HEAD");
        if (commit.Length == 0)
            return "unknown";
        return Git("status", "--porcelain", "--untracked-files=no", "--", "src").Length == 0 ? commit : commit + "+";
    }

    private static string Git(params string[] arguments)
    {
        try
        {
            // A checkout may belong to somebody else than who measures it.
            var start = new ProcessStartInfo("git", ["-c", "safe.directory=*", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
            if (Figures.RepositoryDirectory is { } repository)
                start.WorkingDirectory = repository;
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : "";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }
}
