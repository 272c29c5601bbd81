using Microsoft.Extensions.Time.Testing;

namespace FieldCrm.Demo.Tests;

public sealed class SendingTests : IDisposable
{
    private const long Midday = 1_795_435_200;

    private readonly string _journal = Path.Combine(Path.GetTempPath(), $"fieldcrm-journal-{Guid.NewGuid():N}");

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
        using var journal = new Journal(_journal, TimeProvider.System);
        var counter = new DemoCounter(new DemoCounts(0, 0, 0), journal);

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
        journal.Flush();
        var noted = Journal.Read(_journal, 0).ToList();
        Assert.Equal(
            history.Shuffled(Midday - 3 * 3_600, Midday - 2 * 3_600)
                .Select(e => (e.Vehicle.Id, e.Reading.UnixSeconds, e.Reading.Place.LatitudeE7, e.Reading.Place.LongitudeE7)).Order(),
            noted.Where(n => n.WasAcknowledged).Select(n => (n.Vehicle, n.FixedAtUnixSeconds, n.LatitudeE7, n.LongitudeE7)).Order());
        Assert.Equal(counter.Counts.Repeated, noted.Count(n => !n.WasAcknowledged));
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
        using var journal = new Journal(_journal, TimeProvider.System);
        var counter = new DemoCounter(new DemoCounts(0, 0, 0), journal);
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
        using var journal = new Journal(_journal, TimeProvider.System);
        await using var server = await Collector.StartAsync((number, _) => (requests = number) > 0 ? status : 0);
        using var http = new HttpClient();
        var vehicle = Live(server, http);
        var stint = Stints.Of(Midday);
        vehicle.Begin(Stints.StartOf(stint) - 1);
        vehicle.Prepare(new RoutePlanner(GridCity.Graph), stint);
        for (var i = 1; i < 5; i++)
        {
            vehicle.Measure(Stints.StartOf(stint) + i * 600);
            await vehicle.SendAsync(Stints.StartOf(stint) + i * 600, new DemoCounter(new DemoCounts(0, 0, 0), journal), CancellationToken.None);
        }
        Assert.True(vehicle.WasRefused);
        Assert.Equal(1, requests);
        journal.Flush();
        Assert.Empty(Journal.Read(_journal, 0));
    }

    [Fact]
    public void Given_more_lines_than_a_file_holds_Then_the_file_before_it_is_read_too_and_an_older_one_is_gone()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_000));
        using var journal = new Journal(_journal, time);
        for (var i = 0; i < Journal.MaxLines * 2 + 5; i++)
        {
            journal.Note(true, Courier.Id, new Reading(i, new Place(1, 2), 0, 0, 1, 100, true));
            time.Advance(TimeSpan.FromMilliseconds(1));
        }
        journal.Flush();
        File.AppendAllText(_journal, "A demo-courier-01 17"); // another line, half written

        var read = Journal.Read(_journal, 0).ToList();

        Assert.Equal(Journal.MaxLines + 5, read.Count);
        Assert.Equal(new JournalEntry(true, Courier.Id, Journal.MaxLines, 1, 2, 1_000 + Journal.MaxLines), read[0]);
        Assert.Equal(3, Journal.Read(_journal, 1_000 + Journal.MaxLines * 2 + 2).Count());
    }

    public void Dispose()
    {
        File.Delete(_journal);
        File.Delete(_journal + ".1");
    }

    private static LiveVehicle Live(Collector server, HttpClient http) =>
        new(GridCity.Graph, Courier, server.AddressOf(Courier.Id), new Sender(http));
}
