using System.Globalization;
using System.Runtime.CompilerServices;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Ingest;
using FieldCrm.Hub.Live;

namespace FieldCrm.Hub.Tests.Identity;

/// <summary>What SECURITY.md promises in numbers is what the code counts.</summary>
public sealed class SecurityPageTests
{
    [Fact]
    public void Given_the_limits_in_the_document_Then_they_are_those_of_the_code()
    {
        var text = string.Join(' ', File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile()) ?? "", "..", "..", "..", "SECURITY.md"))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        foreach (var promise in new[]
        {
            Of($"{IdentityServices.SignInsPerMinute:N0} tries a minute to sign in"),
            Of($"{IdentityServices.SignInPagesPerMinute:N0} looks at those pages"),
            Of($"{TokenLimits.GuessesPerMinute:N0} wrong tokens a minute"),
            Of($"{IngestLimits.StrangersPerMinute:N0} reports a minute that turn out to be nobody's"),
            Of($"One token: {TokenLimits.UsesPerMinute:N0} uses a minute"),
            Of($"One person: {PersonLimits.RequestsPerMinute:N0} requests a minute"),
            Of($"{LiveCallers.MaxConnections:N0} live connections"),
            Of($"One device: {IngestLimits.ReportsAtOnce:N0} reports at once, {IngestLimits.ReportsPerSecond:N0} a second"),
        })
        {
            Assert.Contains(promise, text, StringComparison.Ordinal);
        }
    }

    private static string Of(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
