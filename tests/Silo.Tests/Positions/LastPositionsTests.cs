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
            FixedAt = new UtcMicros(Noon.Value + 7), ReceivedAt = new UtcMicros(Noon.Value + 2_345_678),
            Position = new GeoPoint(-349_011_234, -561_645_678), SpeedMmps = 13_900, HeadingCdeg = 35_999,
            AccuracyMm = 4_200, BatteryPermille = 870, Motion = MotionState.Moving,
        };

        Assert.True(positions.Update(Ours, new DeviceId(5), full));
        Assert.True(positions.Update(Ours, new DeviceId(6), At(1, 2)));

        Assert.True(positions.TryGet(Ours, new DeviceId(5), out var read));
        Assert.Equal(full with { ReceivedAt = new UtcMicros(Noon.Value + 2_345_000) }, read);
        Assert.True(positions.TryGet(Ours, new DeviceId(6), out var bare));
        Assert.Equal(At(1, 2), bare);
    }

    [Fact]
    public void Given_a_newer_position_When_an_older_one_comes_Then_it_is_not_taken()
    {
        var positions = new LastPositions();
        positions.Update(Ours, new DeviceId(1), At(10, 10, seconds: 60));

        Assert.False(positions.Update(Ours, new DeviceId(1), At(20, 20, seconds: 59)));

        Assert.True(positions.TryGet(Ours, new DeviceId(1), out var last));
        Assert.Equal(new GeoPoint(100_000_000, 100_000_000), last.Position);
    }

    [Fact]
    public void Given_another_tenants_devices_When_asked_Then_none_is_shown()
    {
        var positions = new LastPositions();
        positions.Update(Theirs, new DeviceId(1), At(10, 10));

        Assert.False(positions.TryGet(Ours, new DeviceId(1), out _));
        Assert.Empty(positions.InBox(Ours, GeoBox.World, null, 10));
        Assert.Empty(positions.Nearest(Ours, new GeoPoint(100_000_000, 100_000_000), 5));
        Assert.False(positions.Remove(Ours, new DeviceId(1)));
        Assert.Equal(1, positions.CountOf(Theirs));
    }

    [Fact]
    public void Given_a_removed_device_When_asked_Then_it_is_gone_and_its_place_is_used_again()
    {
        var positions = new LastPositions();
        for (var id = 1; id <= 1_000; id++)
            positions.Update(Ours, new DeviceId(id), At(id % 80, id % 170));
        var bytes = positions.Bytes;

        for (var id = 1; id <= 1_000; id += 2)
            Assert.True(positions.Remove(Ours, new DeviceId(id)));
        Assert.Equal(500, positions.Count);
        Assert.DoesNotContain(positions.InBox(Ours, GeoBox.World, null, 5_000), d => d.Device.Value % 2 == 1);
        for (var id = 1; id <= 1_000; id += 2)
            positions.Update(Ours, new DeviceId(id), At(id % 80, id % 170));

        Assert.Equal(1_000, positions.Count);
        Assert.Equal(bytes, positions.Bytes);
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
        positions.Update(Ours, new DeviceId(1), At(0, 0));
        positions.Update(Ours, new DeviceId(2), At(0, 179.9));
        positions.Update(Ours, new DeviceId(3), At(0, -180));
        positions.Update(Ours, new DeviceId(4), At(90, 12));
        positions.Update(Ours, new DeviceId(5), At(-45, 45));

        var found = positions.InBox(Ours, Box(south, west, north, east), null, 100);

        Assert.Equal(expected, string.Join(',', found.Select(d => d.Device.Value)));
    }

    [Fact]
    public void Given_a_full_box_When_paged_Then_every_device_comes_once_in_order()
    {
        var positions = new LastPositions();
        for (var id = 1; id <= 777; id++)
            positions.Update(Ours, new DeviceId(id), At(50 + id * 0.0001, 8));
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
            positions.Update(Ours, new DeviceId(id), last);
            all[id] = last;
            if (i % 10 == 0 && all.Remove(id))
                Assert.True(positions.Remove(Ours, new DeviceId(id)));
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
            positions.Update(new TenantId(id % 10), new DeviceId(id), RandomPosition(random, id));
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
                for (var id = 1; id <= devices; id++)
                    positions.Update(Ours, new DeviceId(id), RandomPosition(random, random.Next(rounds * 10)));
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
        FixedAt = new UtcMicros(Noon.Value + seconds * UtcMicros.PerSecond), ReceivedAt = Noon,
        Position = GeoPoint.FromDegrees(latitudeDeg, longitudeDeg) ?? throw new ArgumentException("not on earth"),
    };

    // Half in one city, half anywhere, poles and antimeridian included.
    internal static LastPosition RandomPosition(Random random, int seconds) => random.Next(2) == 0
        ? At(48.1 + random.NextDouble() * 0.1, 11.5 + random.NextDouble() * 0.1, seconds)
        : At(random.NextDouble() * 180 - 90, random.NextDouble() * 360 - 180, seconds);

    private static GeoBox Box(double south, double west, double north, double east) => new(
        (int)(south * GeoPoint.UnitsPerDegree), (int)(west * GeoPoint.UnitsPerDegree),
        (int)(north * GeoPoint.UnitsPerDegree), (int)(east * GeoPoint.UnitsPerDegree));
}
