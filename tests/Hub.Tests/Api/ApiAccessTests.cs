using System.Net;
using System.Text.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Api;

/// <summary>Who may read, and that nobody learns of another tenant's devices.</summary>
[Collection(ServerCollection.Name)]
public sealed class ApiAccessTests(SharedServer shared)
{
    private static readonly string[] Paths =
    [
        "/api/v1/devices", "/api/v1/devices/van", "/api/v1/devices/van/track", "/api/v1/devices/van/events",
        "/api/v1/devices/van/quarantine", "/api/v1/positions?box=-180,-90,180,90", "/api/v1/positions/nearest?lat=0&lon=0",
        "/api/v1/alarms", "/api/v1/units", "/api/v1/units/van/day", "/api/v1/units/van/day/marked",
        "/api/v1/replay?from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z",
    ];

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_nobody_signed_in_When_anything_is_read_Then_401()
    {
        foreach (var path in Paths)
        {
            using var answer = await Server.Visitor.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal((path, HttpStatusCode.Unauthorized, "auth.required"), (path, answer.StatusCode, await CodeAsync(answer)));
        }
    }

    [Fact]
    public async Task Given_each_role_When_anything_is_read_Then_admins_dispatchers_and_auditors_may()
    {
        var tenant = await TestTenant.CreateAsync(Server, "access-roles");
        await tenant.DeviceAsync("van");
        string[] allowed = [UserRole.Admin, UserRole.Dispatcher, UserRole.Auditor];
        foreach (var role in UserRole.All)
        {
            using var browser = await tenant.SignedInAsync(role);
            foreach (var path in Paths)
            {
                using var answer = await browser.GetAsync(new Uri(path, UriKind.Relative));
                var expected = allowed.Contains(role) ? HttpStatusCode.OK : HttpStatusCode.Forbidden;
                Assert.Equal((role, path, expected), (role, path, answer.StatusCode));
            }
        }
    }

    [Fact]
    public async Task Given_another_tenants_device_When_asked_for_Then_it_looks_like_none()
    {
        var theirs = await TestTenant.CreateAsync(Server, "access-theirs");
        var ours = await TestTenant.CreateAsync(Server, "access-ours");
        var device = await theirs.DeviceAsync("secret-van");
        await theirs.ReportAsync(device, $$"""{"fixedAt":"{{Uri.UnescapeDataString(TestTenant.Iso(TestTenant.Day))}}","lat":12.5,"lon":13.5}""");
        using var browser = await ours.SignedInAsync(UserRole.Admin);

        foreach (var path in new[] { "/api/v1/devices/{0}", "/api/v1/devices/{0}/track", "/api/v1/devices/{0}/events", "/api/v1/devices/{0}/quarantine" })
        {
            using var foreign = await browser.GetAsync(new Uri(Of(path, "secret-van"), UriKind.Relative));
            using var absent = await browser.GetAsync(new Uri(Of(path, "no-such-van"), UriKind.Relative));
            Assert.Equal((HttpStatusCode.NotFound, "device.unknown"), (foreign.StatusCode, await CodeAsync(foreign)));
            Assert.Equal(
                WithoutTrace(await absent.Content.ReadAsStringAsync()), WithoutTrace(await foreign.Content.ReadAsStringAsync()));
        }
        // A person's tenant is that of the session, whatever the address says.
        var devices = await browser.GetStringAsync(new Uri("/api/v1/devices?tenant=access-theirs", UriKind.Relative));
        Assert.Equal("""{"devices":[]}""", devices);
        var box = JsonElement.Parse(await browser.GetStringAsync(new Uri("/api/v1/positions?box=-180,-90,180,90", UriKind.Relative)));
        Assert.Equal(0, box.GetProperty("devices").GetArrayLength());
        var near = JsonElement.Parse(await browser.GetStringAsync(new Uri("/api/v1/positions/nearest?lat=12.5&lon=13.5", UriKind.Relative)));
        Assert.Equal(0, near.GetProperty("devices").GetArrayLength());

        static string Of(string path, string id) => path.Replace("{0}", id, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/devices/van/track?from=yesterday", "query.from-invalid")]
    [InlineData("/api/v1/devices/van/track?from=", "query.from-invalid")]
    [InlineData("/api/v1/devices/van/track?to=2026-13-01", "query.to-invalid")]
    [InlineData("/api/v1/devices/van/track?to=2026-01-01&to=2026-01-02", "query.to-invalid")]
    [InlineData("/api/v1/devices/van/track?from=2026-01-02&to=2026-01-02", "query.to-invalid")]
    [InlineData("/api/v1/devices/van/track?format=kml", "query.format-invalid")]
    [InlineData("/api/v1/devices/van/track?zoom=23", "query.zoom-invalid")]
    [InlineData("/api/v1/devices/van/track?zoom=-1", "query.zoom-invalid")]
    [InlineData("/api/v1/devices/van/track?includeMarked=1", "query.includeMarked-invalid")]
    [InlineData("/api/v1/devices/van/track?limit=0", "query.limit-invalid")]
    [InlineData("/api/v1/devices/van/track?limit=10001", "query.limit-invalid")]
    [InlineData("/api/v1/devices/van/track?limit=1&format=gpx", "query.limit-invalid")]
    [InlineData("/api/v1/devices/van/track?cursor=%00", "query.cursor-invalid")]
    [InlineData("/api/v1/devices/van/track?cursor=bm9uc2Vuc2U", "query.cursor-invalid")]
    [InlineData("/api/v1/devices/van/events?limit=1001", "query.limit-invalid")]
    [InlineData("/api/v1/devices/van/events?cursor=x", "query.cursor-invalid")]
    [InlineData("/api/v1/devices/van/quarantine?limit=many", "query.limit-invalid")]
    [InlineData("/api/v1/devices/van/quarantine?cursor=x", "query.cursor-invalid")]
    [InlineData("/api/v1/alarms?limit=-1", "query.limit-invalid")]
    [InlineData("/api/v1/alarms?cursor=x", "query.cursor-invalid")]
    [InlineData("/api/v1/devices?limit=1.5", "query.limit-invalid")]
    [InlineData("/api/v1/devices?cursor=%F0", "query.cursor-invalid")]
    [InlineData("/api/v1/positions", "query.box-invalid")]
    [InlineData("/api/v1/positions?box=1,2,3", "query.box-invalid")]
    [InlineData("/api/v1/positions?box=1,2,3,NaN", "query.box-invalid")]
    [InlineData("/api/v1/positions?box=0,10,1,5", "query.box-invalid")]
    [InlineData("/api/v1/positions?box=0,0,181,1", "query.box-invalid")]
    [InlineData("/api/v1/positions?box=0,0,1,1&limit=1001", "query.limit-invalid")]
    [InlineData("/api/v1/positions?box=0,0,1,1&cursor=x", "query.cursor-invalid")]
    [InlineData("/api/v1/positions/nearest?lon=1", "query.lat-invalid")]
    [InlineData("/api/v1/positions/nearest?lat=1", "query.lon-invalid")]
    [InlineData("/api/v1/positions/nearest?lat=91&lon=1", "query.lat-invalid")]
    [InlineData("/api/v1/positions/nearest?lat=1&lon=Infinity", "query.lon-invalid")]
    [InlineData("/api/v1/positions/nearest?lat=1&lon=1&count=101", "query.count-invalid")]
    [InlineData("/api/v1/positions/nearest?lat=1&lon=1&maxAgeSeconds=0", "query.maxAgeSeconds-invalid")]
    [InlineData("/api/v1/replay?to=2026-01-02", "query.from-invalid")]
    [InlineData("/api/v1/replay?from=2026-01-02", "query.to-invalid")]
    [InlineData("/api/v1/replay?from=2026-01-02&to=2026-01-02", "query.to-invalid")]
    [InlineData("/api/v1/replay?from=2026-01-02&to=noon", "query.to-invalid")]
    [InlineData("/api/v1/replay?from=2026-01-01&to=2026-01-02&unit=van", "query.unit-invalid")]
    [InlineData("/api/v1/replay?from=2026-01-01&to=2026-01-02&unit=1&unit=", "query.unit-invalid")]
    [InlineData("/api/v1/replay?from=2026-01-01T00:00:00Z&to=2026-01-08T01:00:01Z", "replay.span-too-long")]
    public async Task Given_a_damaged_parameter_When_asked_Then_400_with_its_code(string path, string code)
    {
        using var answer = await Server.Operator.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.StatusCode, await CodeAsync(answer)));
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage answer)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("code").GetString();
    }

    private static string WithoutTrace(string problem) =>
        string.Join(',', JsonElement.Parse(problem).EnumerateObject().Where(m => m.Name != "traceId").Select(m => $"{m.Name}={m.Value}"));
}
