using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Positions;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Api;

/// <summary>The list of units: filtered, sorted and paged from memory, each tenant's own.</summary>
[Collection(ServerCollection.Name)]
public sealed class UnitsApiTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_fleet_When_listed_Then_every_choice_narrows_and_sorts_it()
    {
        var tenant = await TestTenant.CreateAsync(Server, "units-choices");
        var now = UtcMicros.From(TimeProvider.System.GetUtcNow());
        var van = await UnitAsync(tenant, "van", "Alpha van", -34.9, -56.1, now, MotionState.Moving);
        var tug = await UnitAsync(tenant, "tug", "bravo tug", -34.8, -56.2, now.Minus(TimeSpan.FromHours(2)), MotionState.Stopped);
        await tenant.DeviceAsync("silent", "Charlie");
        Server.Get<LastPositions>().SetAvailability(tenant.Id, new DeviceId(tug), AvailabilityStatus.OnBreak);
        using var browser = await tenant.SignedInAsync(UserRole.Dispatcher);

        Assert.Equal(("Alpha van,bravo tug,Charlie", 3), await ListAsync(browser, ""));
        Assert.Equal(("bravo tug,Charlie", 3), await ListAsync(browser, "?offset=1&limit=2"));
        Assert.Equal(("bravo tug", 1), await ListAsync(browser, "?search=TUG"));
        Assert.Equal(("bravo tug", 1), await ListAsync(browser, "?availabilities=onBreak,busy"));
        Assert.Equal(("Alpha van", 1), await ListAsync(browser, "?motions=moving"));
        Assert.Equal(("Alpha van", 1), await ListAsync(browser, "?maxAgeSeconds=600"));
        Assert.Equal(("bravo tug", 1), await ListAsync(browser, "?box=-56.3,-34.85,-56.15,-34.7"));
        Assert.Equal(("bravo tug,Alpha van,Charlie", 3), await ListAsync(browser, "?sort=availability"));
        Assert.Equal(("", 0), await ListAsync(browser, "?kinds=person"));
        using var found = await browser.PostAsJsonAsync("/api/v1/units/lookup", new { numbers = new[] { van, 999_999_999 } });
        var unit = Assert.Single(JsonElement.Parse(await found.Content.ReadAsStringAsync()).GetProperty("units").EnumerateArray());
        Assert.Equal(("van", -34.9), (unit.GetProperty("id").GetString(), unit.GetProperty("position").GetProperty("latitudeDeg").GetDouble()));
    }

    [Fact]
    public async Task Given_a_place_Then_units_come_by_distance_and_the_filter_holds()
    {
        var tenant = await TestTenant.CreateAsync(Server, "units-near");
        var now = UtcMicros.From(TimeProvider.System.GetUtcNow());
        await UnitAsync(tenant, "far", "A far", -34.8, -56.1, now, MotionState.Moving);
        var near = await UnitAsync(tenant, "near", "B near", -34.9, -56.1, now, MotionState.Moving);
        await UnitAsync(tenant, "old", "C old", -34.9, -56.1, now.Minus(TimeSpan.FromHours(2)), MotionState.Moving);
        await tenant.DeviceAsync("silent", "D never seen");
        using var browser = await tenant.SignedInAsync(UserRole.Dispatcher);

        Assert.Equal(("B near,C old,A far", 3), await ListAsync(browser, "?nearLat=-34.9&nearLon=-56.1"));
        Assert.Equal(("B near,A far", 2), await ListAsync(browser, "?nearLat=-34.9&nearLon=-56.1&maxAgeSeconds=600&limit=5"));
        Assert.Equal(("A far,B near,C old,D never seen", 4), await ListAsync(browser, "?nearLat=-34.9&nearLon=-56.1&sort=name"));
        using var answer = await browser.GetAsync(new Uri("/api/v1/units?nearLat=-34.8&nearLon=-56.1&search=near", UriKind.Relative));
        var unit = Assert.Single(JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("units").EnumerateArray());
        Assert.Equal(near, unit.GetProperty("number").GetInt32());
        Assert.InRange(unit.GetProperty("distanceM").GetDouble(), 11_110, 11_130); // a tenth of a degree of latitude
    }

    [Fact]
    public async Task Given_another_tenants_unit_Then_neither_list_nor_number_finds_it()
    {
        var theirs = await TestTenant.CreateAsync(Server, "units-theirs");
        var ours = await TestTenant.CreateAsync(Server, "units-ours");
        var secret = await UnitAsync(theirs, "secret", "Canary", -34.9, -56.1, UtcMicros.From(TimeProvider.System.GetUtcNow()), MotionState.Moving);
        using var owner = await theirs.SignedInAsync(UserRole.Dispatcher);
        using var stranger = await ours.SignedInAsync(UserRole.Admin);

        Assert.Equal(("Canary", 1), await ListAsync(owner, ""));
        Assert.Equal(("", 0), await ListAsync(stranger, "?search=canary"));
        using var answer = await stranger.PostAsJsonAsync("/api/v1/units/lookup", new { numbers = new[] { secret } });
        Assert.DoesNotContain("Canary", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?kinds=boat", "query.kinds-invalid")]
    [InlineData("?sort=colour", "query.sort-invalid")]
    [InlineData("?limit=501", "query.limit-invalid")]
    [InlineData("?offset=-1", "query.offset-invalid")]
    [InlineData("?box=1,2,3", "query.box-invalid")]
    [InlineData("?nearLat=91&nearLon=0", "query.nearLat-invalid")]
    [InlineData("?nearLat=1", "query.nearLon-invalid")]
    [InlineData("?sort=distance", "query.sort-invalid")]
    public async Task Given_a_query_that_cannot_be_Then_it_is_refused_by_its_code(string query, string code)
    {
        var tenant = await TestTenant.CreateAsync(Server, $"units-{code}-{query.Length}");
        using var browser = await tenant.SignedInAsync(UserRole.Dispatcher);
        using var answer = await browser.GetAsync(new Uri("/api/v1/units" + query, UriKind.Relative));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(code, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<int> UnitAsync(
        TestTenant tenant, string id, string name, double latitude, double longitude, UtcMicros fixedAt, MotionState motion)
    {
        await tenant.DeviceAsync(id, name);
        var number = await tenant.NumberAsync(id);
        Server.Get<LastPositions>().Place(
            tenant.Id, new DeviceId(number),
            new LastPosition { FixedAt = fixedAt, Position = new((int)Math.Round(latitude * 1e7), (int)Math.Round(longitude * 1e7)), Motion = motion },
            fixedAt);
        return number;
    }

    private static async Task<(string Names, int Total)> ListAsync(HttpClient browser, string query)
    {
        var answer = JsonElement.Parse(await browser.GetStringAsync(new Uri("/api/v1/units" + query, UriKind.Relative)));
        return (string.Join(',', answer.GetProperty("units").EnumerateArray().Select(u => u.GetProperty("name").GetString())), answer.GetProperty("total").GetInt32());
    }
}
