using System.Globalization;

namespace FieldCrm.LoadTests.Throughput;

/// <summary>docs/figures/NAME.tsv: one line a measurement, appended and never rewritten.</summary>
internal sealed class Figures(string name, params string[] columns)
{
    /// <summary>The repository that this program was started for; null: figures are printed and not kept.</summary>
    public static string? RepositoryDirectory => Environment.GetEnvironmentVariable("FIELDCRM_HOME");

    private string? PathOrNull => RepositoryDirectory is { } home ? Path.Combine(home, "docs", "figures", name + ".tsv") : null;

    public void Append(params object[] values)
    {
        if (values.Length != columns.Length)
            throw new ArgumentException($"{values.Length} values for {columns.Length} columns.", nameof(values));
        if (PathOrNull is not { } path)
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!File.Exists(path))
            File.WriteAllText(path, string.Join('\t', columns) + "\n");
        if (File.ReadLines(path).First() is var heading && heading != string.Join('\t', columns))
            throw new InvalidOperationException($"{path} has other columns: {heading}. Keep it under another name, a new one is begun.");
        File.AppendAllText(path, string.Join('\t', values.Select(Text)) + "\n");
    }

    /// <summary>The lines so far, split at tabs, without the heading.</summary>
    public IEnumerable<string[]> Read() =>
        PathOrNull is { } path && File.Exists(path) ? File.ReadLines(path).Skip(1).Select(line => line.Split('\t')) : [];

    private static string Text(object value) =>
        string.Format(CultureInfo.InvariantCulture, "{0}", value).Replace('\t', ' ').Replace('\n', ' ');
}
