using System.Text.RegularExpressions;

namespace FieldCrm.Tidy;

/// <summary>The part of STYLE.md that a machine can check. A failure lists every place.</summary>
public sealed partial class TidyTests
{
    private const int MaxLines = 400;
    private const int MaxLineLength = 180;
    private const long MaxFileBytes = 1024 * 1024;

    [Fact]
    public void Given_a_source_file_Then_it_has_at_most_400_lines() =>
        AssertNone(Repository.Sources.Where(p => Repository.Lines(p).Length > MaxLines)
            .Select(p => $"{p}: {Repository.Lines(p).Length} lines"));

    [Fact]
    public void Given_product_code_Then_its_lines_fit_a_screen() =>
        AssertNone(Occurrences(Product, line => line.Length > MaxLineLength));

    [Fact]
    public void Given_any_file_Then_nothing_in_it_is_left_for_later() =>
        AssertNone(Occurrences(Repository.Sources.Where(p => !IsThisProject(p)), line => Unfinished().IsMatch(line)));

    [Fact]
    public void Given_a_test_Then_it_neither_sleeps_nor_is_skipped() =>
        AssertNone(Occurrences(Tests, line => Sleeps().IsMatch(line)));

    [Fact]
    public void Given_a_test_method_Then_its_name_says_given_and_then()
    {
        foreach (var path in Tests)
        {
            AssertNone(TestMethod().Matches(Repository.Text(path)).Select(m => m.Groups["name"].Value)
                .Where(name => !name.StartsWith("Given_", StringComparison.Ordinal) || !name.Contains("_Then_", StringComparison.Ordinal))
                .Select(name => $"{path}: {name}"));
        }
    }

    [Fact]
    public void Given_a_CSharp_file_Then_its_namespace_is_file_scoped_and_ours() =>
        AssertNone(CSharp.Where(p => !p.EndsWith("Program.cs", StringComparison.Ordinal))
            .Where(p => !OurNamespace().IsMatch(Repository.Text(p))
                && !Repository.Text(p).Contains("[assembly:", StringComparison.Ordinal)
                && !p.EndsWith("GlobalUsings.cs", StringComparison.Ordinal)));

    [Fact]
    public void Given_product_code_Then_it_logs_by_generated_methods_only() =>
        AssertNone(Occurrences(Product, line => DirectLog().IsMatch(line)));

    [Fact]
    public void Given_product_code_Then_null_is_not_talked_away() =>
        AssertNone(Occurrences(Product, line => line.Contains("= null!", StringComparison.Ordinal)));

    [Fact]
    public void Given_the_core_Then_it_knows_no_server_and_no_clock() =>
        AssertNone(Occurrences(CSharp.Where(p => p.StartsWith("src/Core/", StringComparison.Ordinal)), line => ServerThings().IsMatch(line)));

    [Fact]
    public void Given_the_silo_Then_it_knows_no_HTTP() =>
        AssertNone(Occurrences(CSharp.Where(p => p.StartsWith("src/Silo/", StringComparison.Ordinal)),
            line => line.StartsWith("using Microsoft.AspNetCore.Http", StringComparison.Ordinal)
                || line.StartsWith("using Microsoft.AspNetCore.SignalR", StringComparison.Ordinal)
                || line.StartsWith("using FieldCrm.Hub", StringComparison.Ordinal)));

    [Fact]
    public void Given_product_code_Then_who_is_on_shift_is_asked_in_one_way()
    {
        // Whoever joins the shift that goes on by himself forgets a disabled user, or one whose shift lasts too long. Two have
        // to: a person's state is what he has not ended, and a device is given to nobody else while its holder has one open.
        var places = Product.Where(path => ShiftThatGoesOn().IsMatch(Repository.Text(path))).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["src/Silo/People/PersonOnShift.cs", "src/Silo/People/PersonReader.cs", "src/Silo/Tenants/TenantReader.cs"], places);
    }

    [Fact]
    public void Given_a_log_event_Then_its_number_is_its_own()
    {
        var numbered = Product.SelectMany(path => LogEvent().Matches(Repository.Text(path))
                .Select(m => (Number: m.Groups["number"].Value.Replace("_", "", StringComparison.Ordinal), path)))
            .ToList();
        Assert.NotEmpty(numbered);
        AssertNone(numbered.GroupBy(n => n.Number).Where(g => g.Count() > 1)
            .Select(g => $"{g.Key}: {string.Join(", ", g.Select(n => n.path))}"));
    }

    [Fact]
    public void Given_a_project_file_Then_the_solution_has_it()
    {
        var solution = Repository.Text("FieldCrm.sln").Replace('\\', '/');
        AssertNone(Repository.Files.Where(p => p.EndsWith(".csproj", StringComparison.Ordinal) && !solution.Contains(p, StringComparison.Ordinal)));
    }

    [Fact]
    public void Given_a_project_file_Then_versions_stand_in_one_place_alone() =>
        AssertNone(Occurrences(Repository.Files.Where(p => p.EndsWith(".csproj", StringComparison.Ordinal)),
            line => line.Contains("<PackageReference", StringComparison.Ordinal) && line.Contains("Version=", StringComparison.Ordinal)));

    [Fact]
    public void Given_a_document_Then_what_it_links_to_exists()
    {
        foreach (var path in Repository.Files.Where(p => p.EndsWith(".md", StringComparison.Ordinal)))
        {
            var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, path))!;
            AssertNone(Link().Matches(Repository.Text(path)).Select(m => m.Groups["target"].Value)
                .Where(target => !target.Contains(':', StringComparison.Ordinal) && !target.StartsWith('#'))
                .Where(target => !Path.Exists(Path.Combine(folder, target.Split('#')[0])))
                .Select(target => $"{path}: {target}"));
        }
    }

    [Fact]
    public void Given_a_decision_on_record_Then_its_number_is_its_own_and_its_headings()
    {
        var numbered = Repository.Files.Where(p => p.StartsWith("docs/adr/", StringComparison.Ordinal))
            .Select(path => (Number: int.Parse(Path.GetFileName(path)[..4], System.Globalization.CultureInfo.InvariantCulture), path)).ToList();
        Assert.NotEmpty(numbered);
        AssertNone(numbered.GroupBy(n => n.Number).Where(g => g.Count() > 1).Select(g => string.Join(", ", g.Select(n => n.path))));
        AssertNone(numbered.Where(n => !Repository.Lines(n.path)[0].StartsWith($"# {n.Number}. ", StringComparison.Ordinal)).Select(n => n.path));
    }

    [Fact]
    public void Given_a_script_Then_it_stops_at_the_first_error_and_can_be_run()
    {
        foreach (var path in Repository.Files.Where(p => Repository.IsScript(p) || p.EndsWith(".sh", StringComparison.Ordinal)))
        {
            var text = Repository.Text(path);
            if (text.StartsWith("# shellcheck shell=bash", StringComparison.Ordinal))
                continue; // sourced, not run
            Assert.StartsWith("#!/usr/bin/env bash\n", text, StringComparison.Ordinal);
            Assert.Contains("\nset -euo pipefail\n", text, StringComparison.Ordinal);
            Assert.True(File.GetUnixFileMode(Path.Combine(Repository.Root, path)).HasFlag(UnixFileMode.UserExecute), $"{path} has no run bit");
        }
    }

    [Fact]
    public void Given_a_file_Then_it_is_small_and_ends_with_a_newline()
    {
        AssertNone(Repository.Files.Where(p => new FileInfo(Path.Combine(Repository.Root, p)).Length > MaxFileBytes));
        AssertNone(Repository.Sources.Where(p => Repository.Text(p) is { Length: > 0 } text && text[^1] != '\n'));
    }

    [Fact]
    public void Given_the_repository_Then_it_names_nobodys_machine() =>
        AssertNone(Occurrences(Repository.Files.Where(p => IsText(p) && !IsThisProject(p)), line => SomebodysPath().IsMatch(line)));

    private static IEnumerable<string> CSharp => Repository.Sources.Where(p => p.EndsWith(".cs", StringComparison.Ordinal));

    private static IEnumerable<string> Product => CSharp.Where(p => p.StartsWith("src/", StringComparison.Ordinal));

    private static IEnumerable<string> Tests => CSharp.Where(p => p.StartsWith("tests/", StringComparison.Ordinal) && !IsThisProject(p));

    private static bool IsThisProject(string path) => path.StartsWith("tests/Tidy/", StringComparison.Ordinal);

    private static bool IsText(string path) => Repository.Sources.Contains(path)
        || Path.GetExtension(path) is ".md" or ".json" or ".csproj" or ".props" or ".txt" or ".yml";

    private static IEnumerable<string> Occurrences(IEnumerable<string> paths, Func<string, bool> found) =>
        from path in paths
        from numbered in Repository.Lines(path).Select((text, index) => (Text: text, Number: index + 1))
        where found(numbered.Text)
        select $"{path}:{numbered.Number}: {numbered.Text.Trim()}";

    private static void AssertNone(IEnumerable<string> places) => Assert.Equal("", string.Join('\n', places));

    // Spelt with classes of one letter, so that the checker does not find itself.
    [GeneratedRegex(@"\b([T]ODO|[F]IXME|[H]ACK|[X]XX)\b|[N]otImplementedException")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"person_shift \w+ ON [^;]*?ended_at IS NULL|PersonShifts\.Where\([^;]*?EndedAt == null && \w+\.StartedAt >")]
    private static partial Regex ShiftThatGoesOn();

    [GeneratedRegex(@"LoggerMessage\((?<number>[0-9_]+)")]
    private static partial Regex LogEvent();

    [GeneratedRegex(@"Thread\.Sleep|Task\.Delay\(|\bSkip\s*=")]
    private static partial Regex Sleeps();

    [GeneratedRegex(@"\[(Fact|Theory)\b[^\]]*\](\s*\[[^\n]*\])*\s*public\s+(async\s+)?\S+\s+(?<name>\w+)\(")]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"^namespace FieldCrm\.[\w.]+;$", RegexOptions.Multiline)]
    private static partial Regex OurNamespace();

    [GeneratedRegex(@"\.Log(Trace|Debug|Information|Warning|Error|Critical)\(")]
    private static partial Regex DirectLog();

    [GeneratedRegex(@"^using (Orleans|Microsoft\.AspNetCore|Npgsql|Microsoft\.EntityFrameworkCore|System\.Net|FieldCrm\.(Silo|Hub))|TimeProvider|Guid\.NewGuid|RandomNumberGenerator")]
    private static partial Regex ServerThings();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<![\w.])/(work|root|home/\w+)/\w")]
    private static partial Regex SomebodysPath();
}
