using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using FieldCrm.Core;
using FieldCrm.Hub.Ingest;
using FieldCrm.Hub.Ingest.Protocols;

namespace FieldCrm.Hub.Tests.Ingest.Protocols;

public sealed partial class FailureCodesTests
{
    [Fact]
    public void Given_the_osmand_document_When_read_Then_it_names_exactly_the_codes_there_are() =>
        AssertDocumented("OSMAND.md", "osmand", OsmAndFailures.All);

    [Fact]
    public void Given_the_fixes_document_When_read_Then_it_names_exactly_the_codes_there_are() =>
        AssertDocumented("FIXES.md", "fixes", FixesJsonFailures.All);

    private static void AssertDocumented(string document, string area, IReadOnlyList<Failure> own)
    {
        var text = File.ReadAllText(Path.Combine(WireDocuments(), document));
        var named = Code().Matches(text).Select(match => match.Groups[1].Value).ToHashSet();
        var known = own.Concat(FixFailures.All).Select(failure => failure.Code)
            .Append(FieldCrm.Core.Devices.FixAdmission.Future).Append(FieldCrm.Core.Devices.FixAdmission.OlderThanRetention);

        Assert.Empty(own.Select(failure => failure.Code).Except(named));
        Assert.Empty(named.Where(code => code.StartsWith("fix.", StringComparison.Ordinal)
            || code.StartsWith(area + ".", StringComparison.Ordinal)).Except(known));
        Assert.Equal(own.Count, own.Select(failure => failure.Code).Distinct().Count());
    }

    [Fact]
    public void Given_every_fix_code_When_looked_up_Then_one_of_the_documents_names_it()
    {
        var text = File.ReadAllText(Path.Combine(WireDocuments(), "OSMAND.md"))
            + File.ReadAllText(Path.Combine(WireDocuments(), "FIXES.md"));

        Assert.All(FixFailures.All.Concat(IngestFailures.All), failure => Assert.Contains($"`{failure.Code}`", text, StringComparison.Ordinal));
    }

    private static string WireDocuments([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../../docs/wire"));

    [GeneratedRegex("`((?:fix|fixes|osmand)\\.[a-z-]+)`")]
    private static partial Regex Code();
}
