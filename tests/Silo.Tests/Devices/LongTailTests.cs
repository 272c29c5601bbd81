using FieldCrm.Core.Devices;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Devices;
using static FieldCrm.Silo.Tests.Devices.DeviceFixture;

namespace FieldCrm.Silo.Tests.Devices;

/// <summary>
/// Whatever comes in after a snapshot, and in whatever order, a device that is loaded goes on from it: its fold begins
/// anew for no number of fixes.
/// </summary>
public sealed class LongTailTests : IAsyncLifetime
{
    private const int Device = 17;
    private const int NextDay = 86_400;
    private const int SnapshotEvery = 256;

    private static readonly Fix[] _before = [.. Drive(0, 300), .. Drive(NextDay, 60)];
    private static readonly Fix[] _buffered = Drive(NextDay + 100, 1_000, step: 4);
    private static readonly Fix _live = DeviceFixture.Driving(NextDay + 7_200);
    private static readonly Fix _next = DeviceFixture.Driving(NextDay + 7_210);

    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Given_a_live_fix_and_then_a_buffer_When_the_process_dies_before_the_refold_Then_it_ends_as_undisturbed(bool isFirstDayDropped)
    {
        var expected = await UndisturbedAsync(isFirstDayDropped);
        await using var dies = await ReturnedAsync(_database, isFirstDayDropped, [_live], _buffered);
        await using var next = await SiloUnderTest.StartAsync(_database.Addresses, dies.Time);
        await next.ReportAsync(Device, _next);

        Assert.InRange(next.Get<DeviceMetrics>().FixesFoldedByLoads, 0, SnapshotEvery - 1);
        Assert.Equal(
            [$"(\"{_buffered[0].FixedAt.ToDateTimeOffset():yyyy-MM-dd HH:mm:ss}+00\",)"],
            await _database.RowsAsync("SELECT from_fixed_at, open_fixed_at FROM refold_mark"));
        await next.SettleAsync(_database);
        await next.DeactivateAllAsync();
        Assert.Equal(expected, await OutcomeAsync(_database, Device));
        Assert.Equal(await NetEventsAsync(_database, Device), await LedgerAsync(_database, Device));
    }

    [Theory]
    [InlineData(252, 253)] // with the live one: not yet enough for a snapshot
    [InlineData(259, 0)]
    [InlineData(1_000, 0)]
    public async Task Given_late_fixes_a_few_at_a_time_When_the_process_dies_Then_less_than_a_snapshots_worth_is_folded_at_the_load(int late, int folded)
    {
        await using var dies = await ReturnedAsync(_database, isFirstDayDropped: false, [_live]);
        foreach (var few in _buffered[..late].Chunk(7))
            await dies.ReportAsync(Device, [.. few]);
        await using var next = await SiloUnderTest.StartAsync(_database.Addresses, dies.Time);
        await next.ReportAsync(Device, _next);

        Assert.Equal(folded, next.Get<DeviceMetrics>().FixesFoldedByLoads);
    }

    [Fact]
    public async Task Given_thousands_of_fixes_and_no_snapshot_When_a_load_is_cut_off_Then_the_next_one_goes_on_and_nothing_is_folded_anew()
    {
        await using var silo = await SiloUnderTest.StartAsync(_database.Addresses, also: FaultyLanes.Put);
        foreach (var batch in Drive(0, 6_000).Chunk(FixBatchCodec.MaxFixes))
            await silo.ReportAsync(Device, [.. batch]);
        await silo.DeactivateAllAsync();
        var expected = await OutcomeAsync(_database, Device);
        await _database.ExecuteAsync("DELETE FROM device_snapshot");
        var snapshots = 0;
        silo.Get<FaultyLanes>().Before = unit =>
            unit.HasSnapshot && ++snapshots == 2 ? new CommitUnavailableException("as the test wants") : null;

        await Assert.ThrowsAsync<CommitUnavailableException>(() => silo.ReportAsync(Device, Drive(0, 1)[0]));
        await silo.ReportAsync(Device, Drive(0, 1)[0]);
        await silo.DeactivateAllAsync();

        Assert.Equal(6_000 + DeviceGrain.LoadPageFixes, silo.Get<DeviceMetrics>().FixesFoldedByLoads);
        Assert.Equal(0, await _database.CountAsync("refold_mark"));
        Assert.Equal(expected, await OutcomeAsync(_database, Device));
    }

    private static async Task<List<string>> UndisturbedAsync(bool isFirstDayDropped)
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var silo = await ReturnedAsync(database, isFirstDayDropped, _buffered, [_live, _next]);
        await silo.DeactivateAllAsync();
        return await OutcomeAsync(database, Device);
    }

    /// <summary>It drove on two days, was out of reach for two hours, and sends what it kept.</summary>
    private static async Task<SiloUnderTest> ReturnedAsync(TestDatabase database, bool isFirstDayDropped, params Fix[][] sent)
    {
        var silo = await SiloUnderTest.StartAsync(database.Addresses);
        await silo.ReportAsync(Device, [.. _before]);
        await silo.DeactivateAllAsync();
        if (isFirstDayDropped)
            await database.ExecuteAsync("DROP TABLE fieldcrm.fix_20260101");
        foreach (var batch in sent)
            await silo.ReportAsync(Device, [.. batch]);
        return silo;
    }
}
