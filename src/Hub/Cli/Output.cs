using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FieldCrm.Hub.Commands;

namespace FieldCrm.Hub.Cli;

/// <summary>What verbs print: results on standard output, aligned or as JSON; everything else on standard error.</summary>
internal static class Output
{
    public static void Json<T>(T value, JsonTypeInfo<T> type) => Console.Out.WriteLine(JsonSerializer.Serialize(value, type));

    public static bool WantsJson(this ParseResult parsed) => parsed.GetValue(CommandLine.Json);

    /// <summary>Columns as wide as their longest cell; nothing but a remark where there are no rows.</summary>
    public static void Table(string[] heads, IReadOnlyCollection<string[]> rows, string remarkWhenEmpty)
    {
        if (rows.Count == 0)
        {
            Console.Error.WriteLine(remarkWhenEmpty);
            return;
        }
        var widths = heads.Select((head, i) => Math.Max(head.Length, rows.Max(row => row[i].Length))).ToArray();
        Line(heads);
        foreach (var row in rows)
            Line(row);

        void Line(string[] cells) => Console.Out.WriteLine(
            string.Join("  ", cells.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }

    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
