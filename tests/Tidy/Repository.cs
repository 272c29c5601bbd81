using System.Diagnostics;

namespace FieldCrm.Tidy;

/// <summary>The files under version control, and those that are about to be.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Paths relative to the root, with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. Git("ls-files", "--cached", "--others", "--exclude-standard").Where(p => File.Exists(Path.Combine(Root, p))).Distinct()];

    /// <summary>Code that people write: nothing generated.</summary>
    public static IEnumerable<string> Sources => Files.Where(p =>
        (p.EndsWith(".cs", StringComparison.Ordinal) || p.EndsWith(".razor", StringComparison.Ordinal)
            || p.EndsWith(".ts", StringComparison.Ordinal) || p.EndsWith(".mjs", StringComparison.Ordinal)
            || p.EndsWith(".sh", StringComparison.Ordinal) || p.EndsWith(".sql", StringComparison.Ordinal) || IsScript(p))
        && !p.Contains("/Migrations/", StringComparison.Ordinal) && !p.EndsWith(".g.cs", StringComparison.Ordinal)
        && !p.EndsWith(".gen.ts", StringComparison.Ordinal));

    public static string Text(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static string[] Lines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    public static bool IsScript(string path) => path is "run" or "test" or "fieldcrm" or "bench" or ".ci/run";

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "FieldCrm.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("FieldCrm.sln is in no parent directory.");
        return folder.FullName;
    }

    private static string[] Git(params string[] arguments)
    {
        // A checkout may belong to somebody else than who tests it.
        using var git = Process.Start(new ProcessStartInfo("git", ["-c", $"safe.directory={Root}", "-c", "core.quotePath=false", .. arguments])
        {
            WorkingDirectory = Root, RedirectStandardOutput = true,
        })!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
