using System.Diagnostics;
using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace FieldCrm.Silo.Tests.Positions;

public sealed class LastPositionFillerTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly UtcMicros Noon = UtcMicros.From(
        new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero).AddDays(-1).AddHours(12));

    private static readonly TenantId Ours = new(1);

    private FieldCrmDatabase? _database;

    private FieldCrmDatabase Database => _database ?? throw new InvalidOperationException("not started");

    public async Task InitializeAsync()
    {
        _database = new FieldCrmDatabase(await (await PostgresFixture.SharedAsync()).CreateDatabaseAsync());
        await new StoredRows(_database).TenantAsync(1);
    }

    public Task DisposeAsync() => Database.DisposeAsync().AsTask();

    [Fact]
    public async Task Given_snapshots_and_later_fixes_When_filled_Then_each_device_is_where_it_was_last_believed()
    {
        var rows = new StoredRows(Database);
        for (var device = 1; device <= 6; device++)
            await rows.DeviceAsync(1, device, $"d{device}", $"D{device}");
        await SnapshotAsync(rows, 1, live: 0);                                   // snapshot only
        await SnapshotAsync(rows, 2, live: 0);                                   // a fix after it
        await rows.FixesAsync(1, 2, [At(60, 20, 20)], Noon);
        await rows.FixesAsync(1, 3, [At(60, 30, 30), At(120, 31, 31)], Noon);    // no snapshot, newest is marked
        await rows.MarkAsync(1, 3, At(120, 31, 31), FixMark.Teleport);
        await SnapshotAsync(rows, 4, live: 0);                                   // disabled
        await rows.ExecuteAsync("UPDATE device SET disabled_at = now() WHERE device_id = 4");
        await SnapshotAsync(rows, 5, live: 0);                                   // newer in memory already
        var positions = new LastPositions();
        var newer = LastPositionsTests.At(55, 55) with { FixedAt = new UtcMicros(Noon.Value + UtcMicros.PerHour) };
        positions.Place(Ours, new DeviceId(5), newer, newer.FixedAt);
        Assert.False(positions.IsFilled);

        await FillAsync(positions);                                              // 6: nothing at all

        Assert.True(positions.IsFilled);
        Assert.Equal(6, positions.FilledDevices);
        Assert.Equal([1, 2, 3, 5], positions.InBox(Ours, GeoBox.World, null, 100).Select(d => d.Device.Value));
        var first = new LastPosition
        {
            FixedAt = Noon, Position = new GeoPoint(480_000_000, 110_000_000), SpeedMmps = 7,
            BatteryPermille = 500, Motion = MotionState.Stopped,
        };
        Assert.Equal(new Sighting(Noon, first), positions.Of(Ours, new DeviceId(1)));
        Assert.Equal(default, positions.Of(Ours, new DeviceId(4)));
        positions.SetDisabled(Ours, new DeviceId(4), isDisabled: false);
        Assert.Equal(new Sighting(Noon, first), positions.Of(Ours, new DeviceId(4)));
        Assert.Equal(200_000_000, LatitudeOf(2));
        Assert.Equal(300_000_000, LatitudeOf(3));
        Assert.Equal(550_000_000, LatitudeOf(5));

        int LatitudeOf(int device) => positions.Of(Ours, new DeviceId(device)).Last?.Position.LatitudeE7 ?? 0;
    }

    [Fact]
    public async Task Given_many_devices_When_filled_Then_it_takes_seconds()
    {
        // Making 100,000 takes longer than filling them: FIELDCRM_FILL_DEVICES asks for the whole figure.
        var devices = int.TryParse(Environment.GetEnvironmentVariable("FIELDCRM_FILL_DEVICES"), out var asked) ? asked : 10_000;
        var rows = new StoredRows(Database);
        await rows.ExecuteAsync(
            """
            INSERT INTO device (device_id, tenant_id, unique_id, name, accepts_enrolment, created_at)
            SELECT i, 1, 'd' || i, 'D' || i, false, now() FROM generate_series(1, $1) i
            """, devices);
        for (var day = 0; day < 30; day++)
            await rows.ExecuteAsync("SELECT ensure_day($1)", Noon.UtcDay.AddDays(-day));
        await rows.ExecuteAsync(
            """
            INSERT INTO device_snapshot (device_id, tenant_id, version, fold_version, last_fixed_at, last_content_hash, state,
                last_received_at, live_fixed_at, live_latitude_e7, live_longitude_e7, motion)
            SELECT i, 1, 1, 1, $2, 0, '', $2, $2, 480000000, 110000000, 1 FROM generate_series(1, $1) i
            """, devices, Noon.ToDateTimeOffset().UtcDateTime);
        await rows.ExecuteAsync(
            """
            INSERT INTO fix (device_id, tenant_id, fixed_at, content_hash, received_at, position, seq)
            SELECT i, 1, $2 + n * interval '1 s', n, $2, ST_SetSRID(ST_MakePoint(n, 50), 4326), i
            FROM generate_series(1, $1) i, generate_series(1, 2) n
            """, devices, Noon.ToDateTimeOffset().UtcDateTime);
        var positions = new LastPositions();
        var watch = Stopwatch.StartNew();

        await FillAsync(positions);

        output.WriteLine($"{devices:N0} devices with two fixes each after their snapshots, 30 days: {watch.Elapsed.TotalSeconds:F1} s");
        Assert.Equal(devices, positions.CountOf(Ours));
        Assert.Equal(new GeoPoint(500_000_000, 20_000_000), positions.Of(Ours, new DeviceId(devices - 1)).Last?.Position);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{watch.Elapsed}");
    }

    [Fact]
    public async Task Given_kinds_availabilities_and_alarms_stored_When_filled_Then_each_unit_is_marked_so()
    {
        var rows = new StoredRows(Database);
        for (var device = 1; device <= 4; device++)
        {
            await rows.DeviceAsync(1, device, $"d{device}", $"D{device}");
            await SnapshotAsync(rows, device, live: 0);
        }
        await rows.ExecuteAsync("UPDATE device SET kind = 1 WHERE device_id = 1");
        await rows.ExecuteAsync(
            "INSERT INTO unit_availability (device_id, tenant_id, version, status, previous_status, changed_at, changed_by_kind) VALUES (2, 1, 3, 2, 1, now(), 'user')");
        foreach (var (device, isWithdrawn, acknowledged) in new[] { (1, false, "NULL"), (3, true, "NULL"), (4, false, "now()") })
        {
            await rows.ExecuteAsync(
                $"INSERT INTO alarm (alarm_id, tenant_id, device_id, kind, started_at, payload, is_withdrawn, source_version, acknowledged_at) VALUES (gen_random_uuid(), 1, $1, 1, now(), '{{}}', $2, 1, {acknowledged})",
                device, isWithdrawn);
        }
        var positions = new LastPositions();

        await FillAsync(positions);

        Assert.Equal(
            [
                new UnitMarks(UnitKind.Person, AvailabilityStatus.Unknown, UnitFlags.OpenAlarm), new UnitMarks(UnitKind.Vehicle, AvailabilityStatus.Busy, UnitFlags.None),
                default, default,
            ],
            Enumerable.Range(1, 4).Select(d => positions.MarksOf(Ours, new DeviceId(d))));
    }

    private async Task FillAsync(LastPositions positions)
    {
        using var filler = new LastPositionFiller(
            new StoredPositions(Database), positions, TimeProvider.System, NullLogger<LastPositionFiller>.Instance);
        await filler.StartAsync(CancellationToken.None);
        await (filler.ExecuteTask ?? Task.CompletedTask);
    }

    private static Task SnapshotAsync(StoredRows rows, int device, int live) => rows.ExecuteAsync(
        """
        INSERT INTO device_snapshot (device_id, tenant_id, version, fold_version, last_fixed_at, last_content_hash, state,
            last_received_at, live_fixed_at, live_latitude_e7, live_longitude_e7, live_speed_mmps, live_battery_permille, motion)
        VALUES ($1, 1, 1, 1, $2, 0, '', $2, $2, 480000000, 110000000, 7, 500, 3)
        """, device, Noon.Plus(TimeSpan.FromSeconds(live)).ToDateTimeOffset().UtcDateTime);

    private static Fix At(int seconds, int latitudeDeg, int longitudeDeg) => new()
    {
        FixedAt = new UtcMicros(Noon.Value + seconds * UtcMicros.PerSecond),
        Position = new GeoPoint(latitudeDeg * GeoPoint.UnitsPerDegree, longitudeDeg * GeoPoint.UnitsPerDegree),
    };
}
