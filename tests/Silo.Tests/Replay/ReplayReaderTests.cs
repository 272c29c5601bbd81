using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Silo.Replay;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;

namespace FieldCrm.Silo.Tests.Replay;

public sealed class ReplayReaderTests : IAsyncLifetime
{
    private const long HourMs = 3_600_000;

    private static readonly UtcMicros Day = UtcMicros.From(
        new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero).AddDays(-3));

    private static readonly TenantId Ours = new(1);
    private static readonly long DayMs = Day.Value / UtcMicros.PerMillisecond;

    private FieldCrmDatabase? _database;

    private FieldCrmDatabase Database => _database ?? throw new InvalidOperationException("not started");

    public async Task InitializeAsync()
    {
        _database = new FieldCrmDatabase(await (await PostgresFixture.SharedAsync()).CreateDatabaseAsync());
        var rows = new StoredRows(_database);
        await rows.TenantAsync(1);
        await rows.TenantAsync(2);
        await rows.DeviceAsync(1, 11, "van", "Van");
        await rows.DeviceAsync(1, 12, "tug", "Tug");
        await rows.DeviceAsync(1, 13, "silent", "Silent");
        await rows.DeviceAsync(2, 22, "other", "Other");
    }

    public Task DisposeAsync() => Database.DisposeAsync().AsTask();

    [Fact]
    public async Task Given_hours_longer_than_a_page_When_read_Then_each_fix_comes_once_in_order_and_no_chunk_is_longer()
    {
        var rows = new StoredRows(Database);
        // The page's end falls into the first unit's hour, then between the second's two fixes of one moment.
        Fix[] van = [.. Enumerable.Range(0, ReplayReader.PageFixes + 9).Select(i => At(3_600_000 + i * 60, i).Hashed())];
        Fix[] tug = [.. Enumerable.Range(0, ReplayReader.PageFixes).Select(i => At(3_600_000 + i / 2 * 100, i).Hashed())];
        await rows.FixesAsync(1, 11, van, Day);
        await rows.FixesAsync(1, 12, tug, Day);
        using var reader = new ReplayReader(Database);

        var chunks = await ReadAsync(reader, Query(0, 3 * HourMs, 11, 12, 13));

        Assert.Equal([0, ReplayReader.PageFixes, ReplayReader.PageFixes, 9, 0], chunks.Select(c => c.Units.Sum(u => u.Fixes.Count)));
        Assert.Equal([0, 1, 1, 1, 2], chunks.Select(c => (c.FromUnixMs - DayMs) / HourMs));
        Assert.All(chunks, c => Assert.Equal(HourMs, c.ToUnixMs - c.FromUnixMs));
        Assert.Equal(van.OrderBy(f => f.Key).Select(f => f.Position.LatitudeE7), Latitudes(chunks, 11));
        Assert.Equal(tug.OrderBy(f => f.Key).Select(f => f.Position.LatitudeE7), Latitudes(chunks, 12));
        Assert.Equal(new ReplayExtent(ReplayReader.PageFixes * 2 + 9, 0, 0, 0), await reader.MeasureAsync(Ours, Query(0, 3 * HourMs, 11, 12, 13), 1_000_000, default) with { NewestTx = 0 });
        Assert.Equal(501, (await reader.MeasureAsync(Ours, Query(0, 3 * HourMs, 11, 12), 500, default)).Fixes);
    }

    [Fact]
    public async Task Given_bounds_within_an_hour_and_over_midnight_When_read_Then_the_first_is_in_and_the_last_is_out()
    {
        var rows = new StoredRows(Database);
        var midnight = 24 * HourMs;
        Fix[] fixes = [At(midnight - 1_001, 1), At(midnight - 1_000, 2), At(midnight - 1, 3), At(midnight, 4), At(midnight + 1_999, 5), At(midnight + 2_000, 6)];
        await rows.FixesAsync(1, 11, fixes, Day);
        using var reader = new ReplayReader(Database);

        var chunks = await ReadAsync(reader, Query(midnight - 1_000, midnight + 2_000, 11));

        Assert.Equal([(midnight - 1_000d, midnight), (midnight, midnight + 2_000d)], chunks.Select(c => (c.FromUnixMs - DayMs, c.ToUnixMs - DayMs)));
        Assert.Equal([2, 3, 4, 5], Latitudes(chunks, 11));
    }

    [Fact]
    public async Task Given_marked_fixes_When_read_Then_the_implausible_are_left_out_and_what_was_never_judged_is_there()
    {
        var rows = new StoredRows(Database);
        Fix[] fixes = [.. Enumerable.Range(1, 5).Select(i => At(i * 1_000, i))];
        await rows.FixesAsync(1, 11, [.. fixes, At(7_000, 7) with { Position = new GeoPoint(1_800_000_000, 5) }], Day);
        foreach (var (fix, mark) in fixes.Zip([FixMark.DeclaredInvalid, FixMark.NullIsland, FixMark.Teleport, FixMark.BeyondWindow]))
            await rows.MarkAsync(1, 11, fix, mark);
        using var reader = new ReplayReader(Database);

        Assert.Equal([4, 5], Latitudes(await ReadAsync(reader, Query(0, HourMs, 11)), 11));
    }

    [Fact]
    public async Task Given_anothers_unit_When_its_number_is_asked_for_Then_row_security_shows_nothing_of_it()
    {
        var rows = new StoredRows(Database);
        await rows.FixesAsync(2, 22, [At(1_000, 1)], Day);
        await rows.FixesAsync(1, 11, [At(1_000, 2)], Day);
        await rows.MarkAsync(2, 22, At(1_000, 1), FixMark.BeyondWindow);
        using var reader = new ReplayReader(Database);
        var query = Query(0, HourMs, 11, 22);

        Assert.Equal([11u], (await ReadAsync(reader, query)).SelectMany(c => c.Units).Select(u => u.Unit));
        var extent = await reader.MeasureAsync(Ours, query, 100, default);
        Assert.Equal((1, 0), (extent.Fixes, extent.Marks));
    }

    [Fact]
    public async Task Given_a_late_fix_a_mark_and_a_mark_taken_back_When_measured_Then_each_is_told_from_the_others()
    {
        var rows = new StoredRows(Database);
        using var reader = new ReplayReader(Database);
        var query = Query(0, HourMs, 11);
        var seen = new HashSet<ReplayExtent>();
        await rows.FixesAsync(1, 11, [At(1_000, 1)], Day);
        Assert.True(seen.Add(await reader.MeasureAsync(Ours, query, 100, default)));
        await rows.FixesAsync(1, 11, [At(500, 2)], Day);
        var before = await reader.MeasureAsync(Ours, query, 100, default);
        Assert.True(seen.Add(before));
        await rows.MarkAsync(1, 11, At(500, 2), FixMark.Teleport);
        Assert.True(seen.Add(await reader.MeasureAsync(Ours, query, 100, default)));
        await rows.ExecuteAsync("UPDATE fix_mark SET mark = 1");
        Assert.True(seen.Add(await reader.MeasureAsync(Ours, query, 100, default)));
        await rows.ExecuteAsync("DELETE FROM fix_mark");
        Assert.Equal(before, await reader.MeasureAsync(Ours, query, 100, default));
    }

    [Fact]
    public async Task Given_readers_who_leave_When_another_comes_Then_there_is_room()
    {
        using var reader = new ReplayReader(Database);
        for (var i = 0; i < 20; i++)
        {
            using var gone = new CancellationTokenSource();
            await using var chunks = reader.ReadAsync(Ours, Query(0, 3 * HourMs, 11), gone.Token).GetAsyncEnumerator(gone.Token);
            Assert.True(await chunks.MoveNextAsync());
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await chunks.MoveNextAsync());
        }
        Assert.Equal(3, (await ReadAsync(reader, Query(0, 3 * HourMs, 11))).Count);
    }

    private static async Task<List<ReplayedChunk>> ReadAsync(ReplayReader reader, ReplayQuery query)
    {
        using var written = new MemoryStream();
        await foreach (var chunk in reader.ReadAsync(Ours, query, CancellationToken.None))
        {
            var bytes = new byte[chunk.Length];
            chunk.Write(bytes);
            written.Write(bytes);
        }
        return ReplayChunks.Read(written.ToArray());
    }

    private static IEnumerable<int> Latitudes(IEnumerable<ReplayedChunk> chunks, uint unit) =>
        chunks.SelectMany(c => c.Units).Where(u => u.Unit == unit).SelectMany(u => u.Fixes).Select(f => f.LatitudeE7);

    private static ReplayQuery Query(long fromMs, long toMs, params int[] devices) =>
        new(DayMs + fromMs, DayMs + toMs, [.. devices.Select(d => new ReplayUnit(new DeviceId(d), UnitKind.Vehicle))]);

    private static Fix At(long ms, int latitudeE7) =>
        new() { FixedAt = Day.Plus(TimeSpan.FromMilliseconds(ms)), Position = new GeoPoint(latitudeE7, 110_000_000) };
}
