using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Tenants;
using FieldCrm.TestKit;
using Orleans;

namespace FieldCrm.Hub.Tests.Live;

/// <summary>From a phone's request to a console's picture, over real sockets.</summary>
[Collection(ServerCollection.Name)]
public sealed class UnitsHubTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_reported_units_When_watched_Then_a_snapshot_with_each_field_and_then_changes_gone_and_back()
    {
        var tenant = await TestTenant.CreateAsync(Server, "live-flow");
        var van = await tenant.DeviceAsync("van");
        var bike = await tenant.DeviceAsync("bike");
        await tenant.ReportAsync(van, Fix(0, -34.9, -56.16, ""","speedMps":13.89,"headingDeg":270.5,"accuracyM":4.5,"batteryPercent":81.5"""));
        await tenant.ReportAsync(bike, Fix(0, -34.8, -56.1));
        var (vanNumber, bikeNumber) = ((uint)await tenant.NumberAsync("van"), (uint)await tenant.NumberAsync("bike"));
        await using var console = await UnitsClient.OpenAsync(Server, "live-flow");

        await console.WatchAsync(1, -35, -57, -34, -56, 11);
        await console.UntilAsync(c => c.Messages.Length > 0);

        var first = console.Messages[0];
        Assert.Equal((1, SeenMessage.Snapshot), (first.Watch, first.Mode));
        Assert.Equal([vanNumber, bikeNumber], first.Units.Select(u => u.Unit).Order());
        var seen = first.Units.Single(u => u.Unit == vanNumber);
        Assert.Equal(
            new SeenUnit(
                vanNumber, -349_000_000, -561_600_000, FixedMs(0), seen.HeardUnixMs, 1389, 27050, 45, 0, 0, 0, 0, 815),
            seen);
        Assert.InRange(first.BaseUnixMs - seen.HeardUnixMs, 0, 120_000);
        Assert.Equal((ushort.MaxValue, ushort.MaxValue), (first.Units.Single(u => u.Unit == bikeNumber).SpeedCmps, first.Units.Single(u => u.Unit == bikeNumber).BatteryPermille));

        await tenant.ReportAsync(van, Fix(60, -34.9001, -56.1601));
        await console.UntilAsync(c => c.Units[vanNumber].LatitudeE7 == -349_001_000);
        Assert.All(console.Messages.Skip(1), m => Assert.Equal(SeenMessage.Changes, m.Mode));

        // Some 20 km further: another tile of level 11 or finer.
        await tenant.ReportAsync(van, Fix(1_800, -34.7, -56.3));
        await console.UntilAsync(c => c.Units[vanNumber].LatitudeE7 == -347_000_000);
        var move = console.Messages.Last(m => m.Units.Any(u => u.LatitudeE7 == -347_000_000));
        Assert.Equal([vanNumber], move.Gone);

        // Out of everything that is watched.
        await tenant.ReportAsync(van, Fix(36_000, -30, -50));
        await console.UntilAsync(c => !c.Units.ContainsKey(vanNumber));
        Assert.Equal([bikeNumber], console.Units.Keys);

        await DecideAsync(tenant, new DisableDevice(new DeviceId((int)bikeNumber)));
        await console.UntilAsync(c => c.Units.Count == 0);
        await DecideAsync(tenant, new EnableDevice(new DeviceId((int)bikeNumber)));
        await console.UntilAsync(c => c.Units.ContainsKey(bikeNumber));
    }

    [Fact]
    public async Task Given_a_view_of_very_many_When_zoomed_in_and_out_Then_counts_units_and_counts_again()
    {
        var tenant = await TestTenant.CreateAsync(Server, "live-counts");
        var positions = Server.Get<LastPositions>();
        for (var i = 0; i < 6_001; i++)
            Place(tenant, 5_000_000 + i, 40 + i / 100 * 0.1, 10 + i % 100 * 0.1);
        positions.SetOpenAlarm(tenant.Id, new DeviceId(5_000_000), isOpen: true);
        await using var console = await UnitsClient.OpenAsync(Server, "live-counts");

        await console.WatchAsync(1, -80, -180, 80, 180, 1);
        await console.UntilAsync(c => c.Messages.Length > 1);
        Assert.All(console.Messages, m => Assert.Equal((1, SeenMessage.Counts), (m.Watch, m.Mode)));
        var counted = console.Messages[0];
        Assert.Equal((6_001L, 1L), (counted.Cells.Sum(c => c.Count), counted.Cells.Sum(c => c.Alarms)));
        Assert.InRange(counted.Cells.Length, 2, CountCell.MaxCells);
        Assert.All(counted.Cells, c => Assert.Equal(
            new TileKey(counted.Level, (int)c.X, (int)c.Y), TileKey.Of(new GeoPoint(c.LatitudeE7, c.LongitudeE7), counted.Level)));

        await console.WatchAsync(2, 39.95, 9.95, 40.05, 10.25, 9, [0, 0, 1 << (int)MotionState.Stopped, null]);
        await console.UntilAsync(c => c.Messages[^1].Watch == 2);
        Assert.Equal(SeenMessage.Snapshot, console.Messages[^1].Mode); // the filter is for counts alone
        Assert.Superset(new HashSet<uint> { 5_000_000, 5_000_001, 5_000_002 }, console.Units.Keys.ToHashSet());

        await console.WatchAsync(3, -80, -180, 80, 180, 1, [0, 0, 1 << (int)MotionState.Moving, null]);
        await console.UntilAsync(c => c.Messages[^1].Watch == 3);
        Assert.Equal((SeenMessage.Counts, 0), (console.Messages[^1].Mode, console.Messages[^1].Cells.Length)); // none moves
        await console.WatchAsync(4, -80, -180, 80, 180, 1, [1, 1, 1, null]);
        await console.UntilAsync(c => c.Messages[^1].Watch == 4);
        Assert.Equal(6_001, console.Messages[^1].Cells.Sum(c => c.Count));

        // Between 5,000 and 6,000 counts stay; at 5,000 units come back by themselves.
        for (var i = 0; i < 1_000; i++)
            positions.SetDisabled(tenant.Id, new DeviceId(5_000_000 + i), isDisabled: true);
        await console.UntilAsync(c => c.Messages[^1].Cells.Sum(cell => cell.Count) == 5_001);
        positions.SetDisabled(tenant.Id, new DeviceId(5_001_000), isDisabled: true);
        await console.UntilAsync(c => c.Messages[^1].Mode == SeenMessage.Snapshot);
        Assert.Equal(5_000, console.Units.Count);
    }

    [Fact]
    public async Task Given_a_view_across_the_antimeridian_When_watched_Then_both_sides_and_nothing_between()
    {
        var tenant = await TestTenant.CreateAsync(Server, "live-antimeridian");
        Place(tenant, 1, -17, 179.5);
        Place(tenant, 2, -17, -179.5);
        Place(tenant, 3, -17, 0);
        await using var console = await UnitsClient.OpenAsync(Server, "live-antimeridian");

        await console.WatchAsync(1, -20, 178, -15, -178, 7);
        await console.UntilAsync(c => c.Messages.Length > 0);
        Assert.Equal([1u, 2u], console.Units.Keys.Order());

        // As a map says it that was turned on beyond 180°: the same place.
        await console.WatchAsync(2, -20, 178, -15, 182, 7);
        await console.UntilAsync(c => c.Messages[^1].Watch == 2);
        Assert.Equal([1u, 2u], console.Units.Keys.Order());
        Place(tenant, 1, -17, -179.6, seconds: 5);
        await console.UntilAsync(c => c.Units[1].LongitudeE7 == -1_796_000_000);
        Assert.Equal([1u], console.Messages[^1].Gone);
    }

    [Fact]
    public async Task Given_two_tenants_in_one_place_When_both_are_watched_Then_neither_is_told_of_the_other()
    {
        var ours = await TestTenant.CreateAsync(Server, "live-ours");
        var theirs = await TestTenant.CreateAsync(Server, "live-theirs");
        Place(ours, 111, 10, 10);
        Place(theirs, 222, 10, 10);
        await using var us = await UnitsClient.OpenAsync(Server, "live-ours");
        await using var them = await UnitsClient.OpenAsync(Server, "live-theirs");
        await us.WatchAsync(1, 9, 9, 11, 11, 8);
        await them.WatchAsync(1, 9, 9, 11, 11, 8);
        await us.UntilAsync(c => c.Units.ContainsKey(111));
        await them.UntilAsync(c => c.Units.ContainsKey(222));

        for (var second = 1; second <= 5; second++)
        {
            Place(ours, 111, 10, 10 + second * 0.01, second);
            Place(theirs, 222, 10, 10 + second * 0.01, second);
        }

        await us.UntilAsync(c => c.Units[111].LongitudeE7 == 100_500_000);
        await them.UntilAsync(c => c.Units[222].LongitudeE7 == 100_500_000);
        Assert.All(us.Messages, m => Assert.All(m.Units, u => Assert.Equal(111u, u.Unit)));
        Assert.All(them.Messages, m => Assert.All(m.Units, u => Assert.Equal(222u, u.Unit)));
        Assert.All(us.Messages.Concat(them.Messages), m => Assert.DoesNotContain(m.Gone, g => g is not (111 or 222)));
    }

    [Fact]
    public async Task Given_nothing_happens_When_watched_Then_a_heartbeat_sets_the_clock_and_a_new_connection_begins_with_a_snapshot()
    {
        var tenant = await TestTenant.CreateAsync(Server, "live-quiet");
        Place(tenant, 7, 1, 1);
        await using (var before = await UnitsClient.OpenAsync(Server, "live-quiet"))
        {
            await before.WatchAsync(1, 0, 0, 2, 2, 8);
            await before.UntilAsync(c => c.Messages.Length >= 2);
            var (picture, heartbeat) = (before.Messages[0], before.Messages[1]);
            Assert.Equal((1, SeenMessage.Changes, 0, 0), (heartbeat.Watch, heartbeat.Mode, heartbeat.Units.Length, heartbeat.Gone.Length));
            Assert.InRange(heartbeat.BaseUnixMs - picture.BaseUnixMs, 3_900, 60_000);
        }
        Place(tenant, 8, 1, 1.5);
        await using var after = await UnitsClient.OpenAsync(Server, "live-quiet");

        await after.WatchAsync(1, 0, 0, 2, 2, 8);
        await after.UntilAsync(c => c.Messages.Length > 0);

        Assert.Equal(SeenMessage.Snapshot, after.Messages[0].Mode);
        Assert.Equal([7u, 8u], after.Messages[0].Units.Select(u => u.Unit).Order());
    }

    [Fact]
    public async Task Given_many_watches_at_once_When_answered_Then_the_newest_holds_and_few_were_taken()
    {
        var tenant = await TestTenant.CreateAsync(Server, "live-many-watches");
        Place(tenant, 7, 1, 1);
        await using var console = await UnitsClient.OpenAsync(Server, "live-many-watches");

        for (var watch = 1; watch <= 200; watch++)
            await console.WatchAsync(watch, 0, 0, 2, watch == 200 ? 2 : 0.5, 8);
        await console.UntilAsync(c => c.Messages.Any(m => m.Watch == 200));

        Assert.Equal([7u], console.Units.Keys);
        Assert.InRange(console.Messages.Select(m => m.Watch).Distinct().Count(), 1, 100);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(8)]
    public async Task Given_a_watch_that_is_none_When_sent_Then_nothing_is_answered_and_the_next_one_is(int members)
    {
        var tenant = await TestTenant.CreateAsync(Server, $"live-damaged-{members}");
        Place(tenant, 7, 1, 1);
        await using var console = await UnitsClient.OpenAsync(Server, $"live-damaged-{members}");

        await console.SendAsync("watch", Enumerable.Repeat<object?>(1, members).ToArray());
        await console.WatchAsync(2, 0, 0, 2, 2, 8);
        await console.UntilAsync(c => c.Messages.Length > 0);

        Assert.All(console.Messages, m => Assert.Equal(2, m.Watch));
    }

    [Fact]
    public async Task Given_a_message_that_is_too_large_When_sent_Then_the_connection_is_closed()
    {
        await TestTenant.CreateAsync(Server, "live-large");
        await using var console = await UnitsClient.OpenAsync(Server, "live-large");

        await console.SendAsync("watch", new object?[] { 1, 0, 0, 1, 1, 1.0, new object?[] { 0, 0, 0, new string('x', 10_000) } });

        await console.Closed.WaitAsync(UnitsClient.Patience);
    }

    private Task<TenantOutcome> DecideAsync(TestTenant tenant, TenantCommand command) =>
        Server.Get<IGrainFactory>().GetGrain<ITenantGrain>(tenant.Id.Value).DecideAsync(command, Actor.Operator);

    private void Place(TestTenant tenant, int device, double latitude, double longitude, int seconds = 0) =>
        Server.Get<LastPositions>().Place(
            tenant.Id, new DeviceId(device),
            new LastPosition { FixedAt = TestTenant.Day.Plus(TimeSpan.FromSeconds(seconds)), Position = GeoPoint.FromDegrees(latitude, longitude)!.Value },
            TestTenant.Day.Plus(TimeSpan.FromSeconds(seconds)));

    private static long FixedMs(int second) => TestTenant.Day.Plus(TimeSpan.FromSeconds(second)).Value / UtcMicros.PerMillisecond;

    private static string Fix(int second, double lat, double lon, string more = "") =>
        FormattableString.Invariant($$"""{"fixedAt":"{{TestTenant.Day.ToDateTimeOffset().AddSeconds(second):yyyy-MM-dd'T'HH:mm:ss'Z'}}","lat":{{lat}},"lon":{{lon}}{{more}}}""");
}
