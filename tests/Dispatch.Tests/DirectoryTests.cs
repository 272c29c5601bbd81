using System.Net;
using System.Text;
using System.Text.Json;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Map;
using Directory = FieldCrm.Dispatch.Fleet.Directory;

namespace FieldCrm.Dispatch.Tests;

/// <summary>A directory whose server is there, and then is not.</summary>
public sealed class DirectoryTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly LivePicture _live = new();
    private readonly List<string> _asked = [];
    private readonly List<string> _fleet = [];
    private readonly Directory _directory;
    private bool _isGone;

    public DirectoryTests()
    {
        var api = new ConsoleApi(new HttpClient(new Server(Answer)) { BaseAddress = new Uri("http://console.test/") });
        _directory = new Directory(api, _live, () => Now);
    }

    [Fact]
    public async Task Given_a_server_that_is_gone_When_the_list_is_read_Then_the_last_picture_answers_filtered_sorted_and_paged()
    {
        Add(1, "Van 10", ageSeconds: 10);
        Add(2, "Van 9", ageSeconds: 400, availability: "busy");
        Add(3, "Crane", ageSeconds: 5_000);
        await _directory.ReadAllAsync(new FleetFilter(), view: null, CancellationToken.None);
        _isGone = true;

        Assert.Equal(["Crane", "Van 9", "Van 10"], await NamesAsync(new FleetFilter()));
        Assert.Equal("server.unreachable", _directory.FailureCode);
        Assert.Equal(["Van 9", "Van 10"], await NamesAsync(new FleetFilter("VAN")));
        Assert.Equal(["Van 9"], await NamesAsync(new FleetFilter(Availabilities: 1 << 2)));
        Assert.Equal(["Van 9", "Van 10"], await NamesAsync(new FleetFilter(MaxAgeSeconds: 600)));
        Assert.Equal(["Crane", "Van 10", "Van 9"], await NamesAsync(new FleetFilter(Sort: "availability")));
        Assert.Equal(["Van 10", "Van 9", "Crane"], await NamesAsync(new FleetFilter(Sort: "heard")));
        var page = await _directory.ReadAsync(new FleetFilter(), view: null, 1, 1, CancellationToken.None);
        Assert.Equal(("Van 9", 3), (page.Units.Single().Name, page.Total));
    }

    [Fact]
    public async Task Given_a_person_whose_shift_ended_When_people_are_asked_for_Then_nothing_of_where_he_was_is_left_and_vehicles_are_not_asked_for()
    {
        Add(1, "Van", ageSeconds: 10);
        Add(2, "Ana", ageSeconds: 10, kind: "person");
        Add(3, "Ben", ageSeconds: 10, kind: "person");
        await _directory.ReadAllAsync(new FleetFilter(), view: null, CancellationToken.None);
        _live.Take(RowsOf(2, -349_000_000));
        _live.Take(RowsOf(3, -349_000_000));
        _fleet.RemoveAt(1);
        _asked.Clear();

        _isGone = true;
        await _directory.ForgetOffShiftAsync(CancellationToken.None);
        Assert.NotNull(_directory.Known(2)); // nobody said that he is off shift
        _isGone = false;
        await _directory.ForgetOffShiftAsync(CancellationToken.None);

        Assert.Equal(["[2,3]"], _asked);
        Assert.Equal((null, null), (_directory.Known(2), _live.Of(2)));
        Assert.Equal(["Van", "Ben"], _directory.All.OrderBy(u => u.Number).Select(u => u.Name));
        Assert.NotNull(_live.Of(3));
    }

    [Fact]
    public async Task Given_a_server_that_is_gone_When_the_nearest_are_asked_for_Then_the_newest_known_places_decide()
    {
        Add(1, "Near then", ageSeconds: 60, latitude: -34.9);
        Add(2, "Near now", ageSeconds: 60, latitude: -34.7);
        Add(3, "Silent", ageSeconds: 601, latitude: -34.9);
        await _directory.ReadAllAsync(new FleetFilter(), view: null, CancellationToken.None);
        _live.Take(RowsOf(2, -349_000_000));
        _isGone = true;

        var nearest = await _directory.NearestAsync(new FleetFilter(), -34.9, -56, 5, 600, CancellationToken.None);
        Assert.Equal([("Near then", 0.0), ("Near now", 0.0)], nearest.Select(u => (u.Name, u.DistanceM ?? -1)));
    }

    [Fact]
    public async Task Given_a_filter_When_the_nearest_are_asked_for_Then_the_server_is_asked_with_it_and_never_for_older_ones()
    {
        await _directory.NearestAsync(new FleetFilter("amb", Kinds: 1, MaxAgeSeconds: 3_600, IsInView: true), -34.9, -56.1, 5, 600, CancellationToken.None);
        await _directory.NearestAsync(new FleetFilter(MaxAgeSeconds: 60), -34.9, -56.1, 5, 600, CancellationToken.None);
        Assert.Equal(
            [
                "search=amb&kinds=vehicle&maxAgeSeconds=600&sort=distance&offset=0&limit=5&nearLat=-34.9&nearLon=-56.1",
                "maxAgeSeconds=60&sort=distance&offset=0&limit=5&nearLat=-34.9&nearLon=-56.1",
            ],
            _asked);
    }

    [Fact]
    public async Task Given_a_fleet_of_several_pages_When_all_are_read_Then_each_page_is_asked_for_once()
    {
        for (var i = 1; i <= 1_001; i++)
            Add(i, $"Unit {i}", ageSeconds: 1);
        var learnt = 0;
        _directory.Learnt += units => learnt += units.Count;
        var all = await _directory.ReadAllAsync(new FleetFilter(), view: null, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, 1_001).Select(n => (long)n), all.Select(u => u.Number));
        Assert.Equal(["sort=name&offset=0&limit=500", "sort=name&offset=500&limit=500", "sort=name&offset=1000&limit=500"], _asked);
        Assert.Equal(1_001, learnt);
    }

    [Theory]
    [InlineData(-34.8, -56.1, true)]
    [InlineData(-36, -56.1, false)]
    [InlineData(-34.8, -57.1, false)]
    public void Given_a_view_Then_it_holds_what_lies_inside(double latitude, double longitude, bool holds) =>
        Assert.Equal(holds, new Viewport(-35, -57, -34, -56, 12, 0, "units").Holds(latitude, longitude));

    [Theory]
    [InlineData(179, true)]
    [InlineData(-179, true)]
    [InlineData(0, false)]
    public void Given_a_view_over_the_antimeridian_Then_it_holds_both_sides(double longitude, bool holds) =>
        Assert.Equal(holds, new Viewport(-35, 170, -34, -170, 12, 0, "units").Holds(-34.5, longitude));

    private async Task<string[]> NamesAsync(FleetFilter filter)
    {
        var page = await _directory.ReadAsync(filter, view: null, 0, 50, CancellationToken.None);
        Assert.Equal(page.Units.Count, page.Total);
        return [.. page.Units.Select(u => u.Name)];
    }

    private static Rows RowsOf(long unit, int latitudeE7) => new(
        IsPast: false, Now.ToUnixTimeMilliseconds(), [unit], [latitudeE7], [-560_000_000], [Now.ToUnixTimeMilliseconds()], [Now.ToUnixTimeMilliseconds()], [null], [null], [null],
        [0], [0], [1], [0], [null]);

    private void Add(int number, string name, int ageSeconds, string availability = "available", double latitude = -34.8, string kind = "vehicle")
    {
        var at = Now.AddSeconds(-ageSeconds).ToString("O");
        _fleet.Add(FormattableString.Invariant($$"""
            {"number":{{number}},"id":"id-{{number}}","name":"{{name}}","kind":"{{kind}}","availability":"{{availability}}","motion":"moving","signalLost":false,
            "openAlarms":0,"heardAt":"{{at}}","position":{"fixedAt":"{{at}}","latitudeDeg":{{latitude}},"longitudeDeg":-56} }
            """));
    }

    private string? Answer(string query)
    {
        if (_isGone)
            return null;
        if (query.StartsWith('{'))
        {
            var numbers = JsonElement.Parse(query).GetProperty("numbers");
            _asked.Add(numbers.GetRawText());
            var wanted = numbers.EnumerateArray().Select(n => n.GetInt64()).ToHashSet();
            var known = _fleet.Where(u => wanted.Contains(JsonElement.Parse(u).GetProperty("number").GetInt64())).ToArray();
            return $$"""{"units":[{{string.Join(',', known)}}],"total":{{known.Length}},"isFilled":true}""";
        }
        _asked.Add(query);
        var values = query.Split('&').Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1]);
        var page = _fleet.Skip(int.Parse(values["offset"])).Take(int.Parse(values["limit"]));
        return $$"""{"units":[{{string.Join(',', page)}}],"total":{{_fleet.Count}},"isFilled":true}""";
    }

    private sealed class Server(Func<string, string?> answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            answer(request.Content is { } body ? await body.ReadAsStringAsync(cancellationToken) : request.RequestUri?.Query.TrimStart('?') ?? "") is { } json
                ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") }
                : throw new HttpRequestException("gone");
    }
}
