using System.Runtime.CompilerServices;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Identity;

public sealed class PoliciesTests
{
    private static readonly string Document = Path.Combine(Path.GetDirectoryName(ThisFile()) ?? "", "..", "..", "..", "SECURITY.md");

    [Fact]
    public void Given_the_table_in_the_document_Then_it_is_the_one_in_the_code()
    {
        string[] code =
        [
            $"| capability | {string.Join(" | ", UserRole.All)} |",
            $"|---|{string.Concat(UserRole.All.Select(_ => "---|"))}",
            .. Policies.Table.Select(c => $"| {c.Name}: {c.Does} | {string.Join(" | ", UserRole.All.Select(r => c.Roles.Contains(r) ? "yes" : ""))} |"),
        ];

        var document = File.ReadAllLines(Document).SkipWhile(line => line != code[0]).TakeWhile(line => line.StartsWith('|'));

        Assert.Equal(code, document);
    }

    [Fact]
    public void Given_the_table_Then_it_knows_every_role_and_no_other()
    {
        Assert.Equal(UserRole.All.Order(StringComparer.Ordinal), Policies.Table.SelectMany(c => c.Roles).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(Policies.Table.Count, Policies.Table.Select(c => c.Name).Distinct().Count());
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
