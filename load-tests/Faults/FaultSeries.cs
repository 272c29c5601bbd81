using System.Globalization;

namespace FieldCrm.LoadTests.Faults;

/// <summary>Which series of kills is meant, by what docs/figures/faults.tsv holds of it.</summary>
internal static class FaultSeries
{
    private const int MaxNameLength = 40;

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <param name="name">Null: the series of the newest line when it lacks a run, else a new one named after the day.</param>
    /// <param name="record">Lines of the figure, oldest first; the series, then the number of the run.</param>
    public static string Choose(string? name, IReadOnlyList<string[]> record, DateOnly today)
    {
        if (name is not null)
            return name;
        // By the order of the lines: names need not be dates, and a series may have been gone on with later.
        if (record.Select(static line => line[0]).Reverse().Distinct().FirstOrDefault(series => !IsFinished(series, record)) is { } unfinished)
            return unfinished;
        var date = today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return Enumerable.Range(1, int.MaxValue)
            .Select(number => number == 1 ? date : string.Create(CultureInfo.InvariantCulture, $"{date}.{number}"))
            .First(series => record.All(line => line[0] != series));
    }

    /// <summary>Numbers of the runs on record, clean or not.</summary>
    public static IReadOnlySet<int> Done(string series, IReadOnlyList<string[]> record) =>
        record.Where(line => line[0] == series).Select(static line => int.Parse(line[1], CultureInfo.InvariantCulture)).ToHashSet();

    private static bool IsFinished(string series, IReadOnlyList<string[]> record) =>
        Enumerable.Range(1, Kill.Series.Count).All(Done(series, record).Contains);
}
