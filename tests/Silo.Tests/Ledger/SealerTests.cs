using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Ledger;
using FieldCrm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FieldCrm.Silo.Tests.Ledger;

[Collection(AloneOnTheCluster.Name)]
public sealed class SealerTests : StoreTest
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly LedgerWriter _writer = new();
    private long _incarnation;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await AddTenantAsync(1);
        await AddTenantAsync(2);
        _incarnation = await TakeIncarnationAsync();
    }

    [Fact]
    public async Task Given_events_of_two_tenants_When_sealed_Then_one_seal_each_and_the_ledger_holds()
    {
        await _writer.AppendAsync(Owner, 1, "device/1");
        await _writer.AppendAsync(Owner, 1, "device/1");
        await _writer.AppendAsync(Owner, 1, "device/2");
        await _writer.AppendAsync(Owner, 2, "tenant/2");

        await SealUntilAsync("1: 1 seal, 2 leaves | 2: 1 seal, 1 leaf");
        Assert.Equal(0, await Sealer().SealAsync(_incarnation, CancellationToken.None));

        var tenants = await LedgerVerifier.VerifyAsync(Database.Silo, [], CancellationToken.None);
        Assert.All(tenants, t => Assert.Empty(t.Findings));
        Assert.Equal([(1, 2L, 3L, 0L, 1L), (2, 1L, 1L, 0L, 1L)],
            tenants.Select(t => (t.Tenant.Value, t.Streams, t.Events, t.UnsealedEvents, t.Seals)));
        Assert.Equal(Noon, await ScalarAsync<DateTime>("SELECT sealed_at FROM seal WHERE tenant_id = 1"));
    }

    [Fact]
    public async Task Given_an_older_transaction_still_open_When_sealed_Then_its_event_is_not_passed_over()
    {
        await using var slow = await Owner.OpenConnectionAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await _writer.AppendAsync(slow, 1, "device/1");
        await _writer.AppendAsync(Owner, 1, "device/2");

        Assert.Equal(0, await Sealer().SealAsync(_incarnation, CancellationToken.None));
        await transaction.CommitAsync();
        await SealUntilAsync("1: 1 seal, 2 leaves | 2: 0 seals, 0 leaves");
        await AssertHoldsAsync(unsealed: 0);
    }

    [Fact]
    public async Task Given_two_sealers_at_once_When_events_keep_coming_Then_one_unbroken_chain()
    {
        for (var round = 0; round < 10; round++)
        {
            await _writer.AppendAsync(Owner, 1, $"device/{round % 3}");
            await Task.WhenAll(
                Sealer().SealAsync(_incarnation, CancellationToken.None),
                Sealer().SealAsync(_incarnation, CancellationToken.None));
        }
        await Sealer().SealAsync(_incarnation, CancellationToken.None);
        await AssertHoldsAsync(unsealed: 0);
        Assert.Equal(
            await ScalarAsync<long>("SELECT max(seal_no) FROM seal"), await ScalarAsync<long>("SELECT count(*) FROM seal"));
    }

    [Fact]
    public async Task Given_a_fenced_silo_When_it_seals_Then_nothing_is_written()
    {
        await _writer.AppendAsync(Owner, 1, "device/1");
        await ExecuteAsync("UPDATE silo SET fenced = true");
        var refused = await Assert.ThrowsAsync<PostgresException>(
            () => Sealer().SealAsync(_incarnation, CancellationToken.None));
        Assert.Equal("FC001", refused.SqlState);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM seal"));
    }

    [Fact]
    public async Task Given_more_events_than_a_seal_may_hold_When_sealed_Then_several_seals()
    {
        for (var i = 0; i < 10; i++)
            await _writer.AppendAsync(Owner, 1, $"device/{i}");
        Assert.Equal(4, await Sealer(maxEvents: 3).SealAsync(_incarnation, CancellationToken.None));
        Assert.Equal<int[]>([3, 3, 3, 1], await ColumnAsync<int>("SELECT leaf_count FROM seal ORDER BY seal_no"));
        await AssertHoldsAsync(unsealed: 0);
    }

    [Fact]
    public async Task Given_a_transaction_larger_than_a_seal_When_sealed_Then_it_is_not_parted()
    {
        await using var connection = await Owner.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        for (var i = 0; i < 5; i++)
            await _writer.AppendAsync(connection, 1, $"device/{i}", seq: i);
        await transaction.CommitAsync();
        Assert.Equal(1, await Sealer(maxEvents: 3).SealAsync(_incarnation, CancellationToken.None));
        await AssertHoldsAsync(unsealed: 0);
    }

    [Fact]
    public async Task Given_a_restored_database_with_lower_transaction_numbers_When_sealed_Then_new_events_are_sealed()
    {
        await _writer.AppendAsync(Owner, 1, "device/1");
        await Sealer().SealAsync(_incarnation, CancellationToken.None);
        await _writer.AppendAsync(Owner, 1, "device/2"); // stored, not sealed when it was backed up
        // What restore does: a new epoch, old rows settled, and a cluster that has counted less far.
        await ExecuteAsync("UPDATE event SET tx = 0; UPDATE instance SET feed_epoch = gen_random_uuid(); UPDATE seal SET through_tx = 4000000000");
        await ExecuteAsync("UPDATE seal SET hash = $1", await RehashedAsync());
        await _writer.AppendAsync(Owner, 1, "device/1");

        await SealUntilAsync("1: 2 seals, 3 leaves | 2: 0 seals, 0 leaves");
        await AssertHoldsAsync(unsealed: 0);
    }

    [Fact]
    public async Task Given_a_restored_ledger_of_several_pages_When_its_sealing_is_interrupted_Then_it_goes_on_and_ends_whole()
    {
        for (var i = 0; i < 20; i++)
            await _writer.AppendAsync(Owner, 1 + i % 2, $"device/{i:00}");
        await ExecuteAsync("UPDATE event SET tx = 0");
        await ExecuteAsync("""
            CREATE FUNCTION only_two() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.seal_no > 2 THEN RAISE EXCEPTION 'not now'; END IF; RETURN NEW; END $$
            """);
        await ExecuteAsync("CREATE TRIGGER only_two BEFORE INSERT ON seal FOR EACH ROW EXECUTE FUNCTION only_two()");
        Assert.Equal(4, await Sealer(maxStreams: 6).SealAsync(_incarnation, CancellationToken.None));
        await AssertHoldsAsync(unsealed: 10);

        await _writer.AppendAsync(Owner, 1, "device/00"); // is sealed, and grows meanwhile
        await ExecuteAsync("DROP TRIGGER only_two ON seal");
        await SealUntilAsync("1: 6 seals, 15 leaves | 2: 5 seals, 14 leaves", maxStreams: 6);
        Assert.Equal<long[]>([-1, -1, -1, -1, 0], await ColumnAsync<long>("SELECT through_tx FROM seal WHERE tenant_id = 2 ORDER BY seal_no"));
        await AssertHoldsAsync(unsealed: 0);
    }

    [Fact]
    public async Task Given_a_tenant_that_cannot_be_sealed_When_sealing_Then_the_tenants_after_it_are()
    {
        await _writer.AppendAsync(Owner, 1, "device/1");
        await _writer.AppendAsync(Owner, 2, "device/2");
        await ExecuteAsync("ALTER TABLE seal ADD CONSTRAINT not_of_one CHECK (tenant_id <> 1)");

        await SealUntilAsync("1: 0 seals, 0 leaves | 2: 1 seal, 1 leaf");
        await ExecuteAsync("ALTER TABLE seal DROP CONSTRAINT not_of_one");
        await SealUntilAsync("1: 1 seal, 1 leaf | 2: 1 seal, 1 leaf");
        await AssertHoldsAsync(unsealed: 0);
    }

    private async Task<byte[]> RehashedAsync()
    {
        await using var connection = await Owner.OpenConnectionAsync();
        var seal = await SealReader.NewestAsync(connection, new(1), CancellationToken.None);
        return SealChain.HashOf(seal!);
    }

    private Sealer Sealer(int maxEvents = 20_000, int maxStreams = 5_000) => new(
        Database, Options.Create(new SealerOptions { MaxEventsPerSeal = maxEvents, MaxStreamsPerPage = maxStreams }), Time,
        NullLogger<Sealer>.Instance);

    private async Task SealUntilAsync(string expected, int maxStreams = 5_000)
    {
        var seen = "";
        await Eventually.TrueAsync(async () =>
        {
            await Sealer(maxStreams: maxStreams).SealAsync(_incarnation, CancellationToken.None);
            var rows = await ColumnAsync<string>("""
                SELECT format('%s: %s seal%s, %s leaf%s', t, s, CASE s WHEN 1 THEN '' ELSE 's' END, l, CASE l WHEN 1 THEN '' ELSE 's' END)
                FROM (SELECT t, (SELECT count(*) FROM seal WHERE tenant_id = t) s, (SELECT count(*) FROM seal_leaf WHERE tenant_id = t) l
                    FROM generate_series(1, 2) t) x ORDER BY t
                """);
            seen = string.Join(" | ", rows).Replace("leafs", "leaves", StringComparison.Ordinal);
            return seen == expected;
        }, Soon, () => seen);
    }

    private async Task AssertHoldsAsync(long unsealed)
    {
        var tenants = await LedgerVerifier.VerifyAsync(Database.Silo, [], CancellationToken.None);
        Assert.All(tenants, t => Assert.Empty(t.Findings));
        Assert.Equal(unsealed, tenants.Sum(t => t.UnsealedEvents));
        Assert.NotEmpty(tenants);
    }
}
