using System.Globalization;
using System.Net;
using System.Text.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Cli;

/// <summary>What a device may be called stands in addresses, commands and files.</summary>
[Collection(ServerCollection.Name)]
public sealed class DeviceIdTests(SharedServer shared)
{
    private static readonly string Date = TestTenant.Day.ToDateTimeOffset().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_ids_with_letters_that_addresses_give_a_meaning_When_registered_Then_api_page_and_command_line_find_each()
    {
        var tenant = await TestTenant.CreateAsync(Server, "ids");
        using var browser = await tenant.SignedInAsync(UserRole.Admin);
        foreach (var id in new[] { "depot/van", "a/../b", "/", "...", "100%", "a?b#c&d=e", "a+b c", "van;1", @"back\slash", "%41", "Zürich" })
        {
            var device = await tenant.DeviceAsync(id);
            await tenant.ReportAsync(device, $$"""{"fixedAt":"{{Date}}T10:00:00Z","lat":48.5,"lon":11.5}""");
            var address = $"/devices/{Uri.EscapeDataString(id)}";

            Assert.Equal(id, (await tenant.GetAsync($"/api/v1{address}")).GetProperty("id").GetString());
            Assert.Equal(id, (await tenant.GetAsync($"/api/v1{address}/track?from={Date}")).GetProperty("device").GetString());
            using var page = await browser.GetAsync(new Uri(address, UriKind.Relative));
            Assert.Equal((id, HttpStatusCode.OK), (id, page.StatusCode));
            var (exit, output, error) = await Server.RunAsync(
                "track", "export", id, "--from", Date, "--to", Date, "--format", "geojson", "--tenant", "ids");
            Assert.Equal((id, 0, ""), (id, exit, error));
            Assert.Equal(id, JsonElement.Parse(output).GetProperty("device").GetString());
        }
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("depot%2Fvan")]
    public async Task Given_an_id_that_an_address_cannot_carry_When_registered_Then_refused_with_its_code(string id)
    {
        var (exit, _, error) = await Server.RunAsync("device", "add", id);

        Assert.NotEqual(0, exit);
        Assert.Contains("device.id-invalid", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_more_tenants_than_a_page_holds_When_listed_Then_all_are_there_once()
    {
        await new StoredRows(Server.Get<FieldCrmDatabase>()).ExecuteAsync(
            """
            INSERT INTO tenant (tenant_id, name, settings, created_at)
            SELECT i, 'paged-' || i, '{}', now() FROM generate_series(500000, $1) i
            """, 501_000);

        var (exit, output, _) = await Server.RunAsync("tenant", "list", "--json");

        Assert.Equal(0, exit);
        var names = JsonElement.Parse(output).GetProperty("tenants").EnumerateArray().Select(t => t.GetProperty("name").GetString()!).ToList();
        Assert.Equal(1_001, names.Count(n => n.StartsWith("paged-", StringComparison.Ordinal)));
        Assert.Contains("default", names);
        Assert.Equal(names.Count, names.Distinct().Count());
    }
}
