using System.Globalization;
using System.Net;
using System.Text;
using FieldCrm.Core.Tenants;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>Reporting: the token is the device, whatever else a request says, and no other credential reports.</summary>
[Collection(LeakCollection.Name)]
public sealed class IngestLeakTests(LeakWorlds worlds) : IDisposable
{
    private readonly HttpClient _http = new(LoopbackAddress.Handler()) { BaseAddress = worlds.Server.Address };
    private static int _second;

    private TenantWorld Ours => worlds.Amber;

    private TenantWorld Theirs => worlds.Birch;

    public static TheoryData<string> Ways() => ["GET /osmand", "POST /osmand form", "POST /osmand json", "POST /api/v1/fixes"];

    public void Dispose() => _http.Dispose();

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Given_a_way_to_report_When_everybody_tries_Then_the_token_alone_says_whose_it_is(string way)
    {
        var search = new CanarySearch(Ours.Canaries.Concat(Theirs.Canaries).Concat(Ours.Secrets).Concat(Theirs.Secrets));
        var device = await Ours.Tenant.DeviceAsync(Ours.Fresh());
        var start = await StateAsync(Ours);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(way, device.Token, device.Id)).Status);
        var before = await StateAsync(Ours);
        Assert.Contains(TenantState.Difference(start, before), row => row.StartsWith("+ fix ", StringComparison.Ordinal));

        var revoked = await Ours.Tenant.DeviceAsync(Ours.Fresh());
        await Ours.DecideAsync(new RevokeDeviceToken(new(await Ours.Tenant.NumberAsync(revoked.Id))));
        before = await StateAsync(Ours);
        string[] none =
        [
            "x", Ours.Program(UserRole.Admin).Headers[0].Value["Bearer ".Length..], Ours.Operator.Headers[0].Value["Bearer ".Length..], Ours.Session(UserRole.Admin).Session,
            device.Token.ToUpperInvariant(), device.Token[..^1], device.Token + "0", revoked.Token,
        ];
        foreach (var token in none)
        {
            var refused = await SendAsync(way, token, device.Id);
            Assert.True(refused.Status is HttpStatusCode.NotFound or HttpStatusCode.Unauthorized, $"{token}: {refused.Status} {refused.Text}");
            Assert.Empty(refused.Find(search));
        }
        var disabled = await SendAsync(way, Ours.Disabled.Token, device.Id);
        Assert.Equal(HttpStatusCode.Forbidden, disabled.Status);
        Assert.Empty(disabled.Find(search));

        // Another tenant's device that calls itself ours: it is its own fix.
        var theirsBefore = await StateAsync(Theirs);
        var foreign = await SendAsync(way, Theirs.Van.Token, Ours.Van.Id);
        Assert.Equal(HttpStatusCode.OK, foreign.Status);
        Assert.Empty(foreign.Find(search));
        Assert.Contains(TenantState.Difference(theirsBefore, await StateAsync(Theirs)), row => row.StartsWith("+ fix ", StringComparison.Ordinal));
        Assert.Empty(TenantState.Difference(before, await StateAsync(Ours)));
    }

    [Theory]
    [InlineData("GET /osmand")]
    [InlineData("POST /osmand form")]
    [InlineData("POST /osmand json")]
    public async Task Given_another_tenants_enrolment_When_a_device_of_ours_is_claimed_Then_it_is_listed_there_and_nothing_is_stored_here(string way)
    {
        var claimed = await Ours.NewDeviceAsync();
        var before = await StateAsync(Ours);

        var refused = await SendAsync(way, await Theirs.NewEnrolmentAsync(), claimed);

        Assert.True(refused.Status is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{refused.Status}");
        await Eventually.TrueAsync(
            async () => (await StateAsync(Theirs)).Any(row => row.StartsWith("unregistered ", StringComparison.Ordinal) && row.Contains(claimed, StringComparison.Ordinal)),
            TimeSpan.FromSeconds(10));
        Assert.Empty(TenantState.Difference(before, await StateAsync(Ours)));
    }

    private Task<IReadOnlySet<string>> StateAsync(TenantWorld world) => TenantState.ReadAsync(worlds.Server, world.Id);

    private async Task<Answer> SendAsync(string way, string token, string claimed)
    {
        var at = Api.TestTenant.Day.ToDateTimeOffset().AddHours(-20).AddSeconds(Interlocked.Increment(ref _second));
        var fields = string.Create(CultureInfo.InvariantCulture, $"lat=1&lon=2&timestamp={at.ToUnixTimeSeconds()}&id={Uri.EscapeDataString(claimed)}");
        var (method, path, body) = way switch
        {
            "GET /osmand" => (HttpMethod.Get, $"/osmand/{Uri.EscapeDataString(token)}?{fields}", null),
            "POST /osmand form" => (HttpMethod.Post, $"/osmand/{Uri.EscapeDataString(token)}", new StringContent(fields, Encoding.UTF8, "application/x-www-form-urlencoded")),
            "POST /osmand json" => (HttpMethod.Post, $"/osmand/{Uri.EscapeDataString(token)}", new StringContent(
                $$$"""{"location":{"timestamp":"{{{at.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}}}","coords":{"latitude":1,"longitude":2}},"device_id":{{{System.Text.Json.JsonSerializer.Serialize(claimed)}}}}""",
                Encoding.UTF8, "application/json")),
            _ => (HttpMethod.Post, "/api/v1/fixes", new StringContent(
                $$$"""{"fixes":[{"fixedAt":"{{{at.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}}}","lat":1,"lon":2}]}""", Encoding.UTF8, "application/json")),
        };
        using var request = new HttpRequestMessage(method, path) { Content = body };
        if (way == "POST /api/v1/fixes")
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        using var response = await _http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }
}
