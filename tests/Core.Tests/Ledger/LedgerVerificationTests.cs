using FieldCrm.Core.Ledger;

namespace FieldCrm.Core.Tests.Ledger;

public sealed class LedgerVerificationTests
{
    private readonly SampleLedger _ledger = SampleLedger.Build();

    [Fact]
    public async Task Given_an_untouched_ledger_When_verified_Then_holds_with_its_counts()
    {
        var tenants = await _ledger.VerifyAsync();

        Assert.Equal([1, 2], tenants.Select(t => t.Tenant.Value));
        Assert.All(tenants, t => Assert.True(t.Holds));
        Assert.Equal((2, 9, 1, 0, 3, 3), Counts(tenants[0]));
        Assert.Equal((1, 4, 0, 0, 3, 3), Counts(tenants[1]));
        Assert.Equal(_ledger.Seals.Last(s => s.Tenant.Value == 1).Hash, tenants[0].NewestSealHash);
    }

    [Fact]
    public async Task Given_a_changed_row_When_verified_Then_that_row_is_named()
    {
        var i = _ledger.Index("device/1", 2);
        _ledger.Rows[i] = _ledger.Rows[i] with { Type = "TripNeverWas" };
        Assert.Equal(["1 ledger.event-changed device/1@2"], await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_a_changed_payload_When_verified_Then_that_row_is_named()
    {
        var i = _ledger.Index("device/2", 3);
        _ledger.Rows[i] = _ledger.Rows[i] with { Payload = """{"round":3,"name":"b"}""" };
        Assert.Equal(["1 ledger.payload-changed device/2@3"], await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_a_payload_changed_with_its_commitment_and_hash_When_verified_Then_the_next_row_does_not_continue_it()
    {
        var i = _ledger.Index("device/1", 1);
        var row = _ledger.Rows[i];
        var commitment = EventChain.Commit(row.Salt!.Value.Span, """{"round":9}""");
        _ledger.Rows[i] = row with
        {
            Payload = """{"round":9}""",
            Commitment = commitment,
            Hash = EventChain.HashOf(row.Tenant, row.Stream, 1, row.Type, row.RecordedAt, commitment, row.PrevHash.Span),
        };
        Assert.Equal(
            ["1 ledger.sealed-event-changed device/1@1", "1 ledger.event-unlinked device/1@2"],
            await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_a_stream_rewritten_with_every_hash_When_verified_Then_the_seals_show_it()
    {
        var i = _ledger.Index("device/2", 1);
        _ledger.Rows[i] = _ledger.Rows[i] with { Payload = "{}" };
        _ledger.Rehash("device/2");
        Assert.Equal(
            ["1 ledger.sealed-event-changed device/2@1", "1 ledger.sealed-event-changed device/2@2", "1 ledger.sealed-event-changed device/2@3"],
            await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_a_row_missing_in_the_middle_When_verified_Then_the_gap_is_named()
    {
        _ledger.Rows.RemoveAt(_ledger.Index("device/1", 2));
        Assert.Equal(["1 ledger.event-missing device/1@2"], await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_a_stream_cut_short_after_its_seal_When_verified_Then_the_sealed_head_is_missing()
    {
        _ledger.Rows.RemoveAll(r => r.Stream == "device/1" && r.Version > 4);
        Assert.Equal(["1 ledger.sealed-event-missing device/1@5"], await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_a_stream_removed_after_its_seal_When_verified_Then_its_sealed_heads_are_missing()
    {
        _ledger.Rows.RemoveAll(r => r.Stream == "device/2");
        Assert.Equal(
            ["1 ledger.sealed-event-missing device/2@1", "1 ledger.sealed-event-missing device/2@2", "1 ledger.sealed-event-missing device/2@3"],
            await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_the_last_stream_removed_after_its_seal_When_verified_Then_its_sealed_heads_are_missing()
    {
        _ledger.Rows.RemoveAll(r => r.Stream == "tenant/2");
        Assert.Equal(
            ["2 ledger.sealed-event-missing tenant/2@1", "2 ledger.sealed-event-missing tenant/2@3", "2 ledger.sealed-event-missing tenant/2@4"],
            await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_an_event_behind_the_newest_seal_that_no_seal_holds_When_verified_Then_named()
    {
        _ledger.Append(2, "tenant/3", "Forged", "{}");
        _ledger.Rows[^1] = _ledger.Rows[^1] with { Tx = 101 };
        Assert.Equal(["2 ledger.event-skipped tenant/3@1"], await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_a_removed_seal_When_verified_Then_named_with_its_leaves()
    {
        _ledger.Seals.RemoveAll(s => s.Tenant.Value == 2 && s.SealNo == 2);
        Assert.Equal(
            ["2 ledger.seal-missing seal 2", "2 ledger.seal-missing seal 2"], await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_a_removed_seal_and_its_leaves_When_verified_Then_named()
    {
        _ledger.Seals.RemoveAll(s => s.Tenant.Value == 1 && s.SealNo == 1);
        _ledger.Leaves.RemoveAll(l => l.Tenant.Value == 1 && l.SealNo == 1);
        Assert.Equal(["1 ledger.seal-missing seal 1"], await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_a_changed_seal_When_verified_Then_named()
    {
        var i = _ledger.Seals.FindIndex(s => s.Tenant.Value == 1 && s.SealNo == 2);
        _ledger.Seals[i] = _ledger.Seals[i] with { SealedAt = UtcMicros.FromUnixSeconds(1) };
        Assert.Equal(["1 ledger.seal-changed seal 2"], await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_a_seal_made_anew_When_verified_Then_the_next_does_not_continue_it()
    {
        var i = _ledger.Seals.FindIndex(s => s.Tenant.Value == 1 && s.SealNo == 2);
        var forged = _ledger.Seals[i] with { SealedAt = UtcMicros.FromUnixSeconds(1) };
        _ledger.Seals[i] = forged with { Hash = SealChain.HashOf(forged) };
        Assert.Equal(["1 ledger.seal-unlinked seal 3"], await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_a_removed_leaf_When_verified_Then_its_seal_is_named()
    {
        _ledger.Leaves.RemoveAll(l => l.SealNo == 3 && l.Stream == "device/2");
        Assert.Contains("1 ledger.leaves-changed seal 3", await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_the_newest_seals_removed_with_all_they_cover_When_verified_Then_only_an_anchor_tells()
    {
        var newest = _ledger.Seals.Last(s => s.Tenant.Value == 2);
        _ledger.Seals.Remove(newest);
        _ledger.Leaves.RemoveAll(l => l.Tenant.Value == 2 && l.SealNo == newest.SealNo);
        _ledger.Rows.RemoveAll(r => r.Stream == "tenant/2" && r.Version > 3);

        Assert.Empty(await _ledger.FindAsync());
        Assert.Equal(
            ["2 ledger.anchor-missing seal 3"],
            await _ledger.FindAsync(new SealAnchor(newest.Tenant, newest.SealNo, newest.Hash)));
    }

    [Fact]
    public async Task Given_an_erased_payload_that_the_stream_explains_When_verified_Then_holds_and_is_counted()
    {
        _ledger.Erase("device/1", 1);
        _ledger.Erase("device/1", 2);
        _ledger.Append(1, "device/1", PayloadErasure.EventType, PayloadErasure.Write(new VersionRange(1, 2), "consent-withdrawn"));
        _ledger.SealNow(1, "device/1");

        var tenant = (await _ledger.VerifyAsync())[0];
        Assert.True(tenant.Holds);
        Assert.Equal(2, tenant.ErasedPayloads);
    }

    [Fact]
    public async Task Given_an_erased_payload_that_nothing_explains_When_verified_Then_named()
    {
        foreach (var version in new long[] { 1, 2, 3, 5 })
            _ledger.Erase("device/1", version);
        _ledger.Append(1, "device/1", PayloadErasure.EventType, PayloadErasure.Write(new VersionRange(2, 2), "x"));
        Assert.Equal(
            ["1 ledger.payload-missing device/1@1", "1 ledger.payload-missing device/1@3", "1 ledger.payload-missing device/1@5"],
            await _ledger.FindAsync());
    }

    [Fact]
    public async Task Given_an_erasure_event_that_erases_itself_When_verified_Then_named()
    {
        _ledger.Append(1, "device/2", PayloadErasure.EventType, PayloadErasure.Write(new VersionRange(1, 4), "x"));
        _ledger.Erase("device/2", 4);
        Assert.Equal(["1 ledger.payload-missing device/2@4"], await _ledger.FindAsync());
    }

    private static (long, long, long, long, long, long) Counts(TenantLedger t) =>
        (t.Streams, t.Events, t.UnsealedEvents, t.ErasedPayloads, t.Seals, t.NewestSealNo);
}
