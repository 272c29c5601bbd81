using FieldCrm.Silo.Ledger;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests;

/// <summary>One server for all tests that administrate; each makes tenants or devices of its own.</summary>
[CollectionDefinition(Name)]
public sealed class ServerCollection : ICollectionFixture<SharedServer>
{
    public const string Name = "server";
}

public sealed class SharedServer : IAsyncLifetime
{
    private InProcessServer? _server;

    public InProcessServer Server => _server ?? throw new InvalidOperationException("Not started.");

    public async Task InitializeAsync() => _server = await InProcessServer.StartAsync(withTrackerPort: true);

    public async Task DisposeAsync()
    {
        if (_server is null)
            return;
        await _server.DisposeAsync();
        await LedgerHoldsAsync(_server);
    }

    /// <summary>Whatever all these tests did, the ledger proves it still: a finding here is the product's, no test tampers.</summary>
    private static async Task LedgerHoldsAsync(InProcessServer server)
    {
        await using var owner = NpgsqlDataSource.Create(server.Database.Owner!);
        var ledgers = await LedgerVerifier.VerifyAsync(owner, [], CancellationToken.None);
        var findings = ledgers.SelectMany(ledger => ledger.Findings.Select(finding => $"{ledger.Tenant}: {finding}")).ToArray();
        Assert.True(findings.Length == 0, string.Join("; ", findings));
    }
}
