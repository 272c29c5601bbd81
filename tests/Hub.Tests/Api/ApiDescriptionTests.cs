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
                "/api/v1/alarms", "/api/v1/audit", "/api/v1/devices", "/api/v1/devices/admit", "/api/v1/devices/disable", "/api/v1/devices/enable", "/api/v1/devices/import",
                "/api/v1/devices/rename", "/api/v1/devices/revoke", "/api/v1/devices/rotate", "/api/v1/devices/{id}", "/api/v1/devices/{id}/events", "/api/v1/devices/{id}/quarantine",
                "/api/v1/devices/{id}/track", "/api/v1/events", "/api/v1/fixes", "/api/v1/positions", "/api/v1/positions/nearest", "/osmand/{token}",
            ],
            document.GetProperty("paths").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        var latitude = document.GetProperty("components").GetProperty("schemas").GetProperty("PositionView").GetProperty("properties").GetProperty("latitudeDeg");
        Assert.Equal("number", latitude.GetProperty("type").GetString());
        var track = document.GetProperty("paths").GetProperty("/api/v1/devices/{id}/track").GetProperty("get");
        Assert.Equal(
            ["id", "from", "to", "format", "zoom", "includeMarked", "limit", "cursor"],
            track.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString()));
        var required = document.GetProperty("components").GetProperty("schemas").GetProperty("FixOfBody").GetProperty("required");
        Assert.Equal(["fixedAt", "lat", "lon"], required.EnumerateArray().Select(p => p.GetString()));
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
