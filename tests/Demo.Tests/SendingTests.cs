using Microsoft.Extensions.Time.Testing;

namespace FieldCrm.Demo.Tests;

public class SendingTests
{
    private const long Midday = 1_795_435_200;

    private static readonly Vehicle Courier = Vehicles.All.First(v => v.Trade.Id == "courier");

    [Fact]
    public async Task Given_a_server_that_often_says_later_Then_an_hour_of_history_arrives_whole_and_shuffled()
    {
        // Every fifth request is answered "later", then taken.
        await using var server = await Collector.StartAsync((number, _) => number % 5 == 0 ? 503 : 200);
        using var http = new HttpClient();
        var time = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.Zero };
        var addresses = Vehicles.All.Take(3).ToDictionary(v => v.Id, v => server.AddressOf(v.Id));
        var history = new History(GridCity.Graph, new Sender(http), addresses, time);
        var state = new DemoState(Midday - 24 * 3_600, Midday, 0, Midday);
        var counter = new DemoCounter(new DemoCounts(0, 0, 0));

        var sending = history.SendHourAsync(state, 2, counter, CancellationToken.None);
        while (!sending.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await sending;

        var expected = history.Shuffled(Midday - 3 * 3_600, Midday - 2 * 3_600)
            .Select(e => (e.Device.AbsolutePath.TrimStart('/'), Sender.Query(e.Device, e.Reading))).ToList();
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Order(), server.Acknowledged.Order());
        Assert.Equal(expected.Count, counter.Counts.Acknowledged);
        Assert.True(counter.Counts.Repeated > 0);
        var times = expected.Select(e => long.Parse(System.Web.HttpUtility.ParseQueryString(e.Item2)["timestamp"]!)).ToList();
        Assert.NotEqual(times.Order(), times);
        Assert.All(times, t => Assert.InRange(t, Midday - 3 * 3_600, Midday - 2 * 3_600 - 1));
    }

    [Fact]
    public async Task Given_an_outage_Then_what_waited_goes_first_and_in_order_and_nothing_is_missing()
    {
        var isDown = true;
        await using var server = await Collector.StartAsync((_, _) => Volatile.Read(ref isDown) ? 503 : 200);
        using var http = new HttpClient();
        var counter = new DemoCounter(new DemoCounts(0, 0, 0));
        var vehicle = Live(server, http);
        var stint = Stints.Of(Midday);
        vehicle.Begin(Stints.StartOf(stint) - 1);
        vehicle.Prepare(new RoutePlanner(GridCity.Graph), stint);
        var end = Stints.StartOf(stint) + Stints.Seconds - 1;
        for (var now = Stints.StartOf(stint); now <= end; now += 60)
        {
            if (now - Stints.StartOf(stint) > Stints.Seconds / 2)
                Volatile.Write(ref isDown, false);
            vehicle.Measure(now);
            await vehicle.SendAsync(now, counter, CancellationToken.None);
        }
        vehicle.Measure(end);
        for (var i = 0; i < 100; i++)
            await vehicle.SendAsync(end, counter, CancellationToken.None);

        var all = Phone.Readings(
            Courier, stint, Stints.Live(GridCity.Graph, new RoutePlanner(GridCity.Graph), Courier, stint), Phone.LiveIntervalSeconds);
        Assert.Equal(all.Select(r => Sender.Query(server.AddressOf(Courier.Id), r)), server.Acknowledged.Select(a => a.Query));
        Assert.Equal(end, vehicle.ThroughUnixSeconds);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    public async Task Given_a_device_that_may_not_report_any_more_Then_it_falls_silent(int status)
    {
        var requests = 0;
        await using var server = await Collector.StartAsync((number, _) => (requests = number) > 0 ? status : 0);
        using var http = new HttpClient();
        var vehicle = Live(server, http);
        var stint = Stints.Of(Midday);
        vehicle.Begin(Stints.StartOf(stint) - 1);
        vehicle.Prepare(new RoutePlanner(GridCity.Graph), stint);
        for (var i = 1; i < 5; i++)
        {
            vehicle.Measure(Stints.StartOf(stint) + i * 600);
            await vehicle.SendAsync(Stints.StartOf(stint) + i * 600, new DemoCounter(new DemoCounts(0, 0, 0)), CancellationToken.None);
        }
        Assert.True(vehicle.WasRefused);
        Assert.Equal(1, requests);
    }

    private static LiveVehicle Live(Collector server, HttpClient http) =>
        new(GridCity.Graph, Courier, server.AddressOf(Courier.Id), new Sender(http));
}
