using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tracks;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Tracks;
using FieldCrm.TestKit;

namespace FieldCrm.Silo.Tests.Tracks;

public sealed class TrackReaderTests : IAsyncLifetime
{
    private static readonly UtcMicros Start = UtcMicros.From(
        new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero).AddDays(-3));

    private static readonly TenantId Ours = new(1);
    private static readonly DeviceId Van = new(11);

    private FieldCrmDatabase? _database;

    private FieldCrmDatabase Database => _database ?? throw new InvalidOperationException("not started");

    public async Task InitializeAsync()
    {
        _database = new FieldCrmDatabase(await (await PostgresFixture.SharedAsync()).CreateDatabaseAsync());
        var rows = new StoredRows(_database);
        await rows.TenantAsync(1);
        await rows.TenantAsync(2);
        await rows.DeviceAsync(1, 11, "van", "Van");
        await rows.DeviceAsync(2, 22, "other", "Other");
    }

    public Task DisposeAsync() => Database.DisposeAsync().AsTask();

    [Fact]
    public async Task Given_fixes_over_chunks_and_days_When_read_Then_each_comes_once_in_key_order_within_the_bounds()
    {
        var rows = new StoredRows(Database);
        // Three a minute at one time each, over two days and more than two chunks.
        var fixes = Enumerable.Range(0, TrackReader.ChunkFixes * 2 + 500)
            .Select(i => At(i / 3 * 60, 480_000_000 + i, 110_000_000).Hashed()).ToArray();
        await rows.FixesAsync(1, 11, fixes, Start);
        await rows.FixesAsync(2, 22, [At(60, 1, 1)], Start);
        var query = new TrackQuery(Van, Plus(60), Plus(2_900 * 60));

        var read = await ListAsync(query);

        var expected = fixes.Where(f => f.FixedAt >= query.From && f.FixedAt < query.To).OrderBy(f => f.Key).ToArray();
        Assert.Equal(expected, read.Select(f => f.Fix));
        Assert.Equal(8_500 - 3, expected.Length);
        Assert.All(read, f => Assert.Equal(Start, f.ReceivedAt));
        Assert.Equal(expected[1_000..], (await ListAsync(query with { After = expected[999].Key })).Select(f => f.Fix));
    }

    [Fact]
    public async Task Given_every_field_When_read_Then_it_is_what_was_stored()
    {
        var full = new Fix
        {
            FixedAt = Plus(1), Position = new GeoPoint(-349_011_234, -1_799_999_999), AltitudeMm = -43_100, SpeedMmps = 13_890,
            HeadingCdeg = 27_050, AccuracyMm = 4_200, BatteryPermille = 875, Alarm = AlarmKind.Sos, IsDeclaredInvalid = true,
            AttributesJson = """{"b": 1}""",
        }.Hashed();
        await new StoredRows(Database).FixesAsync(1, 11, [full], Plus(2));

        Assert.Equal([new TrackFix(full, Plus(2), FixMark.None)], await ListAsync(new TrackQuery(Van, Start, Plus(10))));
    }

    [Fact]
    public async Task Given_marked_fixes_When_read_Then_the_implausible_come_only_on_request_and_the_old_always()
    {
        var rows = new StoredRows(Database);
        Fix[] fixes = [At(1, 1, 1), At(2, 2, 2), At(3, 3, 3)];
        await rows.FixesAsync(1, 11, fixes, Start);
        await rows.MarkAsync(1, 11, fixes[1], FixMark.Teleport);
        await rows.MarkAsync(1, 11, fixes[2], FixMark.BeyondWindow);
        var query = new TrackQuery(Van, Start, Plus(10));

        Assert.Equal([FixMark.None, FixMark.BeyondWindow], (await ListAsync(query)).Select(f => f.Mark));
        Assert.Equal(
            [FixMark.None, FixMark.Teleport, FixMark.BeyondWindow],
            (await ListAsync(query with { IncludesMarked = true })).Select(f => f.Mark));
    }

    [Fact]
    public async Task Given_another_tenants_device_When_read_Then_nothing_comes()
    {
        await new StoredRows(Database).FixesAsync(2, 22, [At(60, 1, 1)], Start);

        Assert.Empty(await ListAsync(new TrackQuery(new DeviceId(22), Start, Plus(1_000))));
    }

    [Fact]
    public async Task Given_a_straight_drive_When_read_for_a_zoom_Then_its_ends_are_left()
    {
        var drive = Enumerable.Range(0, 5_000).Select(i => At(i, 480_000_000, 110_000_000 + i * 3_000)).ToArray();
        await new StoredRows(Database).FixesAsync(1, 11, drive, Start);
        var kept = new List<UtcMicros>();

        await foreach (var fix in new TrackReader(Database).ReadSimplifiedAsync(Ours, new TrackQuery(Van, Start, Plus(90_000)), 12, bound: null, CancellationToken.None))
            kept.Add(fix.Fix.FixedAt);

        // A chunk's ends stay as well, and the fix before it from which a stand might have begun.
        Assert.Equal([Plus(0), Plus(2_046), Plus(2_047), Plus(4_092), Plus(4_094), Plus(4_999)], kept);
    }

    [Fact]
    public async Task Given_many_days_When_an_hour_is_planned_Then_one_partition_and_its_unique_index_are_looked_at()
    {
        var rows = new StoredRows(Database);
        for (var day = 0; day < 3; day++)
        {
            await rows.FixesAsync(
                1, 11, Enumerable.Range(0, 3_000).Select(i => At(day * 86_400 + i, 480_000_000 + i, 110_000_000)), Start);
        }
        await using var scope = await TenantScope.OpenAsync(Database, Ours, CancellationToken.None);
        await using var command = TrackReader.Command(
            scope.Connection, scope.Transaction, new TrackQuery(Van, Plus(86_400 + 60), Plus(86_400 + 3_660)), "EXPLAIN " + TrackReader.Sql);
        var plan = new List<string>();
        await using (var row = await command.ExecuteReaderAsync())
        {
            while (await row.ReadAsync())
                plan.Add(row.GetString(0));
        }

        var text = string.Join('\n', plan);
        var day1 = $"fix_{Plus(86_400).UtcDay:yyyyMMdd}";
        Assert.Contains(day1, text, StringComparison.Ordinal);
        Assert.DoesNotContain($"fix_{Start.UtcDay:yyyyMMdd}", text, StringComparison.Ordinal);
        Assert.DoesNotContain($"fix_{Plus(2 * 86_400).UtcDay:yyyyMMdd}", text, StringComparison.Ordinal);
        Assert.Contains($"using {day1}_device_id_fixed_at_content_hash_idx", text, StringComparison.Ordinal);
    }

    private async Task<List<TrackFix>> ListAsync(TrackQuery query)
    {
        var list = new List<TrackFix>();
        await foreach (var fix in new TrackReader(Database).ReadAsync(Ours, query, CancellationToken.None))
            list.Add(fix);
        return list;
    }

    private static UtcMicros Plus(int seconds) => new(Start.Value + seconds * UtcMicros.PerSecond);

    private static Fix At(int seconds, int latitudeE7, int longitudeE7) =>
        new() { FixedAt = Plus(seconds), Position = new GeoPoint(latitudeE7, longitudeE7) };
}
