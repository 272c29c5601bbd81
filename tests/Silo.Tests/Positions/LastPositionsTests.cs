using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Silo.Positions;
using Xunit.Abstractions;

namespace FieldCrm.Silo.Tests.Positions;

[Collection(nameof(Alone))]
public sealed class LastPositionsTests(ITestOutputHelper output)
{
    private static readonly TenantId Ours = new(1);
    private static readonly TenantId Theirs = new(2);
    private static readonly UtcMicros Noon = UtcMicros.FromUnixSeconds(1_780_000_000);

    [Fact]
    public void Given_a_position_When_read_Then_every_field_is_the_same()
    {
        var positions = new LastPositions();
        var full = new LastPosition
        {
            FixedAt = new UtcMicros(Noon.Value + 7), Position = new GeoPoint(-349_011_234, -561_645_678), SpeedMmps = 13_900, HeadingCdeg = 35_999,
            AccuracyMm = 4_200, BatteryPermille = 870, Motion = MotionState.Moving,
        };

        positions.Place(Ours, new DeviceId(5), full, new UtcMicros(Noon.Value + 2_345_678));
        positions.Place(Ours, new DeviceId(6), At(1, 2), Noon);

        Assert.Equal(new Sighting(new UtcMicros(Noon.Value + 2_345_000), full), positions.Of(Ours, new DeviceId(5)));
        Assert.Equal(new Sighting(Noon, At(1, 2)), positions.Of(Ours, new DeviceId(6)));
    }

    [Fact]
    public void Given_a_known_position_When_its_grain_says_an_older_one_or_none_Then_that_holds_and_heard_never_goes_back()
    {
        var positions = new LastPositions();
        positions.Place(Ours, new DeviceId(1), At(10, 10, seconds: 60), After(60));

        positions.Place(Ours, new DeviceId(1), At(20, 20, seconds: 59), heardAt: null);
        Assert.Equal(new Sighting(After(60), At(20, 20, seconds: 59)), positions.Of(Ours, new DeviceId(1)));
        Assert.Equal(1, positions.CountOf(Ours));

        positions.Place(Ours, new DeviceId(1), null, After(30));
        Assert.Equal(new Sighting(After(60), null), positions.Of(Ours, new DeviceId(1)));
        Assert.Empty(positions.InBox(Ours, GeoBox.World, null, 10));
        Assert.Equal(0, positions.CountOf(Ours));

        positions.Heard(Ours, new DeviceId(1), After(90));
        Assert.Equal(new Sighting(After(90), null), positions.Of(Ours, new DeviceId(1)));
    }

    [Fact]
    public void Given_a_disabled_device_When_written_Then_nobody_sees_it_until_it_is_enabled()
    {
        var positions = new LastPositions();
        positions.Place(Ours, new DeviceId(1), At(10, 10), Noon);

        positions.SetDisabled(Ours, new DeviceId(1), isDisabled: true);
        positions.Place(Ours, new DeviceId(1), At(20, 20, seconds: 1), After(1)); // on its way when it was disabled
        positions.Place(Ours, new DeviceId(1), At(30, 30, seconds: 2), heardAt: null); // a refold
        positions.Heard(Ours, new DeviceId(1), After(3));

        Assert.Equal(default, positions.Of(Ours, new DeviceId(1)));
        Assert.Empty(positions.InBox(Ours, GeoBox.World, null, 10));
        Assert.Empty(positions.InBox(Ours, Box(29.99, 29.99, 30.01, 30.01), null, 10));
        Assert.Empty(positions.Nearest(Ours, new GeoPoint(300_000_000, 300_000_000), 5));
        Assert.Equal(0, positions.CountOf(Ours));

        positions.SetDisabled(Ours, new DeviceId(1), isDisabled: false);
        Assert.Equal(new Sighting(After(3), At(30, 30, seconds: 2)), positions.Of(Ours, new DeviceId(1)));
        Assert.Single(positions.InBox(Ours, GeoBox.World, null, 10));
    }

    [Fact]
    public void Given_a_fill_under_way_When_grains_and_the_tenant_speak_meanwhile_Then_the_fill_overrules_neither()
    {
        var positions = new LastPositions();
        var stored = new Sighting(Noon, At(10, 10));
        positions.Place(Ours, new DeviceId(1), At(5, 5, seconds: -60), heardAt: null); // a refold of a disabled device
        Assert.Equal(0, positions.CountOf(Ours));
        positions.Place(Ours, new DeviceId(2), At(5, 5, seconds: -60), heardAt: null); // of an enabled one, corrected downwards
        positions.SetDisabled(Ours, new DeviceId(3), isDisabled: true);
        positions.SetDisabled(Ours, new DeviceId(4), isDisabled: false);
        positions.Place(Ours, new DeviceId(5), At(5, 5), After(1));
        Assert.Equal([5], positions.InBox(Ours, GeoBox.World, null, 10).Select(d => d.Device.Value));

        positions.Fill(Ours, new DeviceId(1), stored, default, isDisabled: true);
        positions.Fill(Ours, new DeviceId(2), stored, default, isDisabled: false);
        positions.Fill(Ours, new DeviceId(3), stored, default, isDisabled: false);
        positions.Fill(Ours, new DeviceId(4), stored, default, isDisabled: true);
        positions.Fill(Ours, new DeviceId(5), stored, default, isDisabled: false);
        positions.FillDone();

        Assert.Equal([2, 4, 5], positions.InBox(Ours, GeoBox.World, null, 10).Select(d => d.Device.Value));
        Assert.Equal(new Sighting(Noon, At(5, 5, seconds: -60)), positions.Of(Ours, new DeviceId(2)));
        Assert.Equal(stored, positions.Of(Ours, new DeviceId(4)));
        Assert.Equal(new Sighting(After(1), At(5, 5)), positions.Of(Ours, new DeviceId(5)));
        positions.SetDisabled(Ours, new DeviceId(3), isDisabled: false);
        Assert.Equal(stored, positions.Of(Ours, new DeviceId(3)));
    }

    [Fact]
    public void Given_another_tenants_devices_When_asked_Then_none_is_shown()
    {
        var positions = new LastPositions();
        positions.Place(Theirs, new DeviceId(1), At(10, 10), Noon);

        Assert.Equal(default, positions.Of(Ours, new DeviceId(1)));
        Assert.Empty(positions.InBox(Ours, GeoBox.World, null, 10));
        Assert.Empty(positions.Nearest(Ours, new GeoPoint(100_000_000, 100_000_000), 5));
        Assert.Equal(1, positions.CountOf(Theirs));
    }

    [Theory]
    [InlineData(-10, 170, 10, -170, "2,3")] // across the antimeridian
    [InlineData(-90, -180, 90, 180, "1,2,3,4,5")]
    [InlineData(-1, -1, 1, 1, "1")]
    [InlineData(80, -180, 90, 180, "4")]
    public void Given_devices_around_the_world_When_a_box_is_asked_Then_it_holds_these(
        double south, double west, double north, double east, string expected)
    {
        var positions = new LastPositions();
        positions.Place(Ours, new DeviceId(1), At(0, 0), Noon);
        positions.Place(Ours, new DeviceId(2), At(0, 179.9), Noon);
        positions.Place(Ours, new DeviceId(3), At(0, -180), Noon);
        positions.Place(Ours, new DeviceId(4), At(90, 12), Noon);
        positions.Place(Ours, new DeviceId(5), At(-45, 45), Noon);

        var found = positions.InBox(Ours, Box(south, west, north, east), null, 100);

        Assert.Equal(expected, string.Join(',', found.Select(d => d.Device.Value)));
    }

    [Fact]
    public void Given_a_full_box_When_paged_Then_every_device_comes_once_in_order()
    {
        var positions = new LastPositions();
        for (var id = 1; id <= 777; id++)
            positions.Place(Ours, new DeviceId(id), At(50 + id * 0.0001, 8), Noon);
        var seen = new List<int>();
        DeviceId? after = null;

        while (positions.InBox(Ours, Box(49, 7, 51, 9), after, 100) is { Count: > 0 } page)
        {
            seen.AddRange(page.Select(d => d.Device.Value));
            after = page[^1].Device;
        }

        Assert.Equal(Enumerable.Range(1, 777), seen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Given_random_devices_When_asked_Then_box_and_nearest_agree_with_looking_at_all(int seed)
    {
        var random = new Random(seed);
        output.WriteLine($"seed {seed}");
        var positions = new LastPositions();
        var all = new Dictionary<int, LastPosition>();
        for (var i = 0; i < 4_000; i++)
        {
            var id = random.Next(1, 2_000);
            var last = RandomPosition(random, i);
            positions.Place(Ours, new DeviceId(id), last, Noon);
            positions.SetDisabled(Ours, new DeviceId(id), isDisabled: i % 10 == 0);
            all[id] = last;
            if (i % 10 == 0)
                all.Remove(id);
            if (i % 10 == 1 && all.Remove(id))
                positions.Place(Ours, new DeviceId(id), null, Noon);
        }

        for (var query = 0; query < 100; query++)
        {
            var centre = RandomPosition(random, 0).Position;
            var box = GeoBox.Around(centre, (long)(1_000 * Math.Pow(10, random.NextDouble() * 8)));
            Assert.Equal(
                all.Where(d => box.Contains(d.Value.Position)).Select(d => d.Key).Order(),
                positions.InBox(Ours, box, null, LastPositions.MaxLimit).Select(d => d.Device.Value));
            var since = query % 2 == 0 ? (UtcMicros?)null : new UtcMicros(Noon.Value + 2_000 * UtcMicros.PerSecond);
            Assert.Equal(
                all.Where(d => since is null || d.Value.FixedAt >= since)
                    .Select(d => (GeoDistance.Mm(centre, d.Value.Position), d.Key)).Order().Take(7),
                positions.Nearest(Ours, centre, 7, since).Select(d => (d.DistanceMm, d.Device.Value)));
        }
    }

    [Fact]
    public void Given_a_hundred_thousand_devices_When_counted_Then_each_costs_at_most_64_bytes()
    {
        const int devices = 100_000;
        var random = new Random(64);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var positions = new LastPositions();
        for (var id = 1; id <= devices; id++)
            positions.Place(new TenantId(id % 10), new DeviceId(id), RandomPosition(random, id), Noon);
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;

        output.WriteLine($"entry {System.Runtime.CompilerServices.Unsafe.SizeOf<PositionEntry>()} bytes; " +
            $"{positions.Bytes / (double)devices:F1} bytes a device by count, {held / (double)devices:F1} by the collector");
        Assert.Equal(devices, positions.Count);
        Assert.True(positions.Bytes <= 64L * devices, $"{positions.Bytes} bytes");
        Assert.True(held <= 64L * devices, $"{held} bytes");
    }

    [Fact]
    public async Task Given_writers_and_readers_at_once_When_done_Then_nothing_went_backwards_and_all_is_there()
    {
        const int devices = 1_000, rounds = 20;
        var positions = new LastPositions();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            var random = new Random(writer);
            for (var round = 0; round < rounds; round++)
            {
                for (var id = writer + 1; id <= devices; id += 4) // a device has one writer: its grain
                    positions.Place(Ours, new DeviceId(id), RandomPosition(random, round), After(round));
            }
        })).ToArray();
        var reader = Task.Run(() =>
        {
            var newest = new long[devices + 1];
            do
            {
                foreach (var device in positions.InBox(Ours, GeoBox.World, null, LastPositions.MaxLimit))
                {
                    Assert.True(device.Last.FixedAt.Value >= newest[device.Device.Value]);
                    newest[device.Device.Value] = device.Last.FixedAt.Value;
                }
            }
            while (!writers.All(w => w.IsCompleted));
        });

        await Task.WhenAll([.. writers, reader]);

        Assert.Equal(devices, positions.InBox(Ours, GeoBox.World, null, LastPositions.MaxLimit).Count);
    }

    internal static LastPosition At(double latitudeDeg, double longitudeDeg, int seconds = 0) => new()
    {
        FixedAt = After(seconds), Position = GeoPoint.FromDegrees(latitudeDeg, longitudeDeg) ?? throw new ArgumentException("not on earth"),
    };

    private static UtcMicros After(int seconds) => new(Noon.Value + seconds * UtcMicros.PerSecond);

    // Half in one city, half anywhere, poles and antimeridian included.
    internal static LastPosition RandomPosition(Random random, int seconds) => random.Next(2) == 0
        ? At(48.1 + random.NextDouble() * 0.1, 11.5 + random.NextDouble() * 0.1, seconds)
        : At(random.NextDouble() * 180 - 90, random.NextDouble() * 360 - 180, seconds);

    private static GeoBox Box(double south, double west, double north, double east) => new(
        (int)(south * GeoPoint.UnitsPerDegree), (int)(west * GeoPoint.UnitsPerDegree),
        (int)(north * GeoPoint.UnitsPerDegree), (int)(east * GeoPoint.UnitsPerDegree));
}
