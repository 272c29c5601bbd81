using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FieldCrm.Silo.Tests.Ledger;

[Collection(AloneOnTheCluster.Name)]
public sealed class LedgerVerifierTests : StoreTest
{
    private readonly LedgerWriter _writer = new();
    private long _incarnation;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await AddTenantAsync(1);
        _incarnation = await TakeIncarnationAsync();
        for (var round = 0; round < 3; round++)
        {
            await _writer.AppendAsync(Owner, 1, "device/1", payload: """{ "text": "größe 👷", "n": 1.0 }""");
            await _writer.AppendAsync(Owner, 1, "device/2");
            await SealAsync();
        }
    }

    [Theory]
    [InlineData("UPDATE event SET type = 'Other' WHERE stream = 'device/1' AND version = 2", "ledger.event-changed device/1@2")]
    [InlineData("UPDATE event SET recorded_at = recorded_at + interval '1 microsecond' WHERE stream = 'device/1' AND version = 3", "ledger.event-changed device/1@3")]
    [InlineData("UPDATE event_payload SET payload = '{\"n\":1}' WHERE stream = 'device/2' AND version = 1", "ledger.payload-changed device/2@1")]
    [InlineData("DELETE FROM event_payload WHERE stream = 'device/2' AND version = 3", "ledger.payload-missing device/2@3")]
    [InlineData("DELETE FROM event_payload WHERE stream = 'device/2' AND version = 3; DELETE FROM event WHERE stream = 'device/2' AND version = 3", "ledger.sealed-event-missing device/2@3")]
    [InlineData("DELETE FROM event_payload WHERE stream = 'device/1' AND version = 1; DELETE FROM event WHERE stream = 'device/1' AND version = 1", "ledger.event-missing device/1@1")]
    [InlineData("UPDATE seal SET sealed_at = sealed_at - interval '1 day' WHERE seal_no = 2", "ledger.seal-changed seal 2")]
    [InlineData("DELETE FROM seal_leaf WHERE seal_no = 1; DELETE FROM seal WHERE seal_no = 1", "ledger.seal-missing seal 1")]
    [InlineData("UPDATE seal_leaf SET stream = 'device/9' WHERE seal_no = 1 AND stream = 'device/2'", "ledger.leaves-changed seal 1")]
    public async Task Given_a_stored_ledger_When_tampered_with_Then_found(string tampering, string expected)
    {
        Assert.Empty(await FindAsync());
        await ExecuteAsync(tampering);
        Assert.Contains(expected, await FindAsync());
    }

    [Fact]
    public async Task Given_an_erased_payload_When_verified_Then_holds_and_salt_and_payload_are_gone()
    {
        var newest = await _writer.AppendAsync(Owner, 1, "device/2");
        var unit = PayloadEraser.Unit(
            newest.Head, new TenantId(1), "device/2", [new VersionRange(1, 2)], "consent-withdrawn", UtcMicros.From(Noon));
        var delete = Assert.Single(unit.Statements);
        await ExecuteAsync(delete.Text, [.. delete.Values.Select(v => v.Value!)]);
        var appended = Assert.Single(unit.Events);
        var stored = await _writer.AppendAsync(Owner, 1, "device/2", appended.Type, appended.Payload);
        Assert.Equal(appended.Version, stored.Version);
        await SealAsync();

        var tenant = Assert.Single(await LedgerVerifier.VerifyAsync(Database.Silo, [], CancellationToken.None));
        Assert.Empty(tenant.Findings);
        Assert.Equal(2, tenant.ErasedPayloads);
        Assert.Equal<long[]>([3, 4, 5], await ColumnAsync<long>("SELECT version FROM event_payload WHERE stream = 'device/2' ORDER BY 1"));
    }

    [Fact]
    public async Task Given_the_newest_seal_and_its_events_removed_When_verified_with_an_anchor_Then_found()
    {
        var hash = await ScalarAsync<byte[]>("SELECT hash FROM seal WHERE seal_no = 3");
        await ExecuteAsync("""
            DELETE FROM seal_leaf WHERE seal_no = 3; DELETE FROM seal WHERE seal_no = 3;
            DELETE FROM event_payload WHERE version = 3; DELETE FROM event WHERE version = 3
            """);
        Assert.Empty(await FindAsync());
        Assert.Equal(["ledger.anchor-missing seal 3"], await FindAsync(new SealAnchor(new TenantId(1), 3, hash)));
    }

    [Fact]
    public async Task Given_more_rows_than_one_buffer_When_verified_Then_all_are_counted()
    {
        await using var connection = await Owner.OpenConnectionAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            for (var i = 0; i < 2_000; i++)
                await _writer.AppendAsync(connection, 1, $"device/{i % 40}", seq: i, payload: $$"""{"pad":"{{new string('x', 500)}}"}""");
            await transaction.CommitAsync();
        }
        var tenant = Assert.Single(await LedgerVerifier.VerifyAsync(Owner, [], CancellationToken.None));
        Assert.Empty(tenant.Findings);
        Assert.Equal((2_006L, 2_000L), (tenant.Events, tenant.UnsealedEvents));
    }

    private Task SealAsync() =>
        new Sealer(Database, Options.Create(new SealerOptions()), Time, NullLogger<Sealer>.Instance).SealAsync(_incarnation, CancellationToken.None);

    private async Task<string[]> FindAsync(params SealAnchor[] anchors) =>
        [.. (await LedgerVerifier.VerifyAsync(Database.Silo, [.. anchors], CancellationToken.None))
            .SelectMany(t => t.Findings).Select(f => $"{f.Code} {f.Where}")];
}
