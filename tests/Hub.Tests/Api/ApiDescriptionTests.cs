using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class ApiDescriptionTests(SharedServer shared)
{
    /// <summary>Set to 1 to write the description anew instead of comparing: after a change that is meant.</summary>
    private const string WriteVariable = "FIELDCRM_WRITE_OPENAPI";

    private static readonly string File = Path.Combine(
        Path.GetDirectoryName(ThisFile()) ?? "", "..", "..", "..", "docs", "openapi.json");

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_the_committed_description_Then_it_is_what_the_server_gives()
    {
        var served = await Server.Operator.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)) + "\n";
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
            await System.IO.File.WriteAllTextAsync(File, served);

        Assert.Equal(await System.IO.File.ReadAllTextAsync(File), served);
    }

    [Fact]
    public async Task Given_the_description_Then_it_names_what_others_build_on_and_numbers_are_numbers()
    {
        var document = JsonElement.Parse(await Server.Operator.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)));

        Assert.Equal(
            [
                "/api/v1/alarms", "/api/v1/alarms/{alarmId}/acknowledge", "/api/v1/audit", "/api/v1/devices", "/api/v1/devices/admit", "/api/v1/devices/disable", "/api/v1/devices/enable", "/api/v1/devices/hold", "/api/v1/devices/import",
                "/api/v1/devices/rename", "/api/v1/devices/revoke", "/api/v1/devices/rotate", "/api/v1/devices/set", "/api/v1/devices/{id}", "/api/v1/devices/{id}/events", "/api/v1/devices/{id}/quarantine",
                "/api/v1/devices/{id}/track", "/api/v1/enrolment", "/api/v1/enrolment/rotate", "/api/v1/events", "/api/v1/fixes", "/api/v1/people", "/api/v1/people/looks", "/api/v1/positions", "/api/v1/positions/nearest", "/api/v1/replay",
                "/api/v1/settings",
                "/api/v1/tokens", "/api/v1/tokens/{tokenId}/revoke", "/api/v1/units", "/api/v1/units/lookup", "/api/v1/units/{id}/availability", "/api/v1/units/{id}/availability/undo",
                "/api/v1/units/{id}/day", "/api/v1/units/{id}/day/marked", "/api/v1/unregistered",
                "/api/v1/users", "/api/v1/users/{user}/disable", "/api/v1/users/{user}/enable", "/api/v1/users/{user}/link", "/api/v1/users/{user}/role",
                "/api/v1/users/{user}/sign-out", "/osmand/{token}",
            ],
            document.GetProperty("paths").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        var latitude = document.GetProperty("components").GetProperty("schemas").GetProperty("PositionView").GetProperty("properties").GetProperty("latitudeDeg");
        Assert.Equal("number", latitude.GetProperty("type").GetString());
        var track = document.GetProperty("paths").GetProperty("/api/v1/devices/{id}/track").GetProperty("get");
        Assert.Equal(
            ["id", "from", "to", "format", "zoom", "includeMarked", "limit", "cursor", "reason"],
            track.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString()));
        var required = document.GetProperty("components").GetProperty("schemas").GetProperty("FixOfBody").GetProperty("required");
        Assert.Equal(["fixedAt", "lat", "lon"], required.EnumerateArray().Select(p => p.GetString()));
    }

    [Fact]
    public async Task Given_the_description_Then_every_operation_says_who_may_call_it_and_every_parameter_what_it_means()
    {
        var document = JsonElement.Parse(await Server.Operator.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)));

        var schemes = document.GetProperty("components").GetProperty("securitySchemes").EnumerateObject().Select(s => s.Name).ToHashSet();
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                var what = $"{operation.Name} {path.Name}";
                foreach (var parameter in operation.Value.TryGetProperty("parameters", out var all) ? [.. all.EnumerateArray()] : Array.Empty<JsonElement>())
                    Assert.True(parameter.TryGetProperty("description", out _), $"{what}: {parameter.GetProperty("name")}");
                if (path.Name.Contains("{token}", StringComparison.Ordinal))
                    continue; // its address is its credential
                var named = operation.Value.GetProperty("security").EnumerateArray().SelectMany(s => s.EnumerateObject()).Select(s => s.Name).ToArray();
                Assert.NotEmpty(named);
                Assert.Subset(schemes, named.ToHashSet());
                Assert.True(operation.Value.GetProperty("responses").TryGetProperty("401", out _), what);
                Assert.True(operation.Value.GetProperty("responses").TryGetProperty("403", out _), what);
            }
        }
    }

    [Fact]
    public async Task Given_a_technician_and_a_stranger_When_they_ask_for_the_description_Then_who_is_signed_in_gets_it()
    {
        var tenant = await TestTenant.CreateAsync(Server, "description");
        using var technician = await tenant.SignedInAsync(UserRole.Technician);

        using var given = await technician.GetAsync(new Uri("/openapi/v1.json", UriKind.Relative));
        using var refused = await Server.Visitor.GetAsync(new Uri("/openapi/v1.json", UriKind.Relative));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (given.StatusCode, refused.StatusCode));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
