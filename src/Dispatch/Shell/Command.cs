namespace FieldCrm.Dispatch.Shell;

/// <param name="Keys">The shortcut that does the same; null without one.</param>
public sealed record Command(string Name, Func<Task> Run, string? Keys = null);

/// <summary>What the palette finds: every word of the query must begin a word of the name, or stand in it.</summary>
public static class CommandSearch
{
    public const int MaxShown = 12;

    public static IReadOnlyList<Command> Find(IEnumerable<Command> commands, string query)
    {
        var words = query.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return [.. commands
            .Select(c => (Command: c, Rank: RankOf(c.Name, words)))
            .Where(c => c.Rank >= 0).OrderByDescending(c => c.Rank).Take(MaxShown).Select(c => c.Command)];
    }

    // −1 = no; more is better.
    private static int RankOf(string name, string[] words)
    {
        var rank = 0;
        foreach (var word in words)
        {
            var at = name.IndexOf(word, StringComparison.CurrentCultureIgnoreCase);
            if (at < 0)
                return -1;
            rank += at == 0 ? 3 : name[at - 1] == ' ' ? 2 : 1;
        }
        return rank;
    }
}
