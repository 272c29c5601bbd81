using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Tests.Live;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Api;

/// <summary>What carries a device and the phone of who is with it: from an admin's form to lists, live records and the ledger.</summary>
[Collection(ServerCollection.Name)]
public sealed class UnitFactsTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_an_admin_who_sets_kind_and_phone_Then_list_filter_device_live_record_and_ledger_say_so_at_once()
    {
        var tenant = await TestTenant.CreateAsync(Server, "facts-flow");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        var ana = await tenant.DeviceAsync("ana");
        await tenant.ReportAsync(ana, $$"""{"fixedAt":"{{Core.Tracks.TrackText.Time(TestTenant.Day)}}","lat":-34.9,"lon":-56.16}""");
        var number = (uint)await tenant.NumberAsync("ana");
        await using var console = await UnitsClient.OpenAsync(Server, "facts-flow");
        await console.WatchAsync(1, -35, -57, -34, -56, 11);
        await console.UntilAsync(c => c.Units.ContainsKey(number));
        Assert.Equal(0, console.Units[number].Kind);
        Assert.Equal("vehicle ", await UnitAsync(admin, ""));

        await SetAsync(admin, new { id = "ana", kind = "asset", phone = "+598 99 123 456" });

        Assert.Equal("asset +598 99 123 456", await UnitAsync(admin, "?kinds=asset"));
        Assert.Equal("", await UnitAsync(admin, "?kinds=vehicle"));
        await console.UntilAsync(c => c.Units[number].Kind == 2);
        var device = await tenant.GetAsync("/api/v1/devices/ana");
        Assert.Equal(("asset", "+598 99 123 456"), (device.GetProperty("kind").GetString(), device.GetProperty("phone").GetString()));
        var act = (await tenant.GetAsync("/api/v1/audit?kind=DeviceDescribed")).GetProperty("entries").EnumerateArray().Single();
        Assert.Equal(
            ("ana", "facts-flow-admin", """{"kind":"asset","phone":"+598 99 123 456"}"""),
            (act.GetProperty("device").GetString(), act.GetProperty("by").GetProperty("name").GetString(), act.GetProperty("details").GetRawText()));

        await SetAsync(admin, new { id = "ana", name = "Ana", phone = "" });
        Assert.Equal("asset ", await UnitAsync(admin, "?search=Ana"));
    }

    [Fact]
    public async Task Given_devices_registered_with_kinds_Then_a_new_one_has_its_own_from_its_first_record_on()
    {
        var tenant = await TestTenant.CreateAsync(Server, "facts-new");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        var devices = new[]
        {
            new { id = "box", kind = (string?)"asset", phone = (string?)null }, new { id = "boat", kind = (string?)"boat", phone = (string?)null },
            new { id = "bad", kind = (string?)null, phone = (string?)"call me" }, new { id = "plain", kind = (string?)"", phone = (string?)"" },
        };
        using var answer = await admin.PostAsJsonAsync("/api/v1/devices/import", new { devices });

        var added = JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("devices").EnumerateArray().ToArray();
        Assert.Equal(
            ["box added ", "boat refused device.kind-invalid", "bad refused device.phone-invalid", "plain added "],
            added.Select(d => $"{d.GetProperty("id")} {d.GetProperty("status")} {(d.TryGetProperty("refusal", out var r) ? r.GetProperty("code") : "")}"));
        var box = new Hub.DevicesApi.DeviceCredentials("box", added[0].GetProperty("token").GetString() ?? "", "");
        await tenant.ReportAsync(box, $$"""{"fixedAt":"{{Core.Tracks.TrackText.Time(TestTenant.Day)}}","lat":-34.9,"lon":-56.16}""");
        Assert.Equal(
            UnitKind.Asset,
            Server.Get<Silo.Positions.LastPositions>().MarksOf(tenant.Id, new DeviceId(await tenant.NumberAsync("box"))).Kind);
        Assert.Equal("asset ", await UnitAsync(admin, "?kinds=asset"));
    }

    [Fact]
    public async Task Given_a_change_that_may_not_be_Then_it_is_refused_by_code_and_nothing_is_changed()
    {
        var tenant = await TestTenant.CreateAsync(Server, "facts-refused");
        await tenant.DeviceAsync("van");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        using var dispatcher = await tenant.SignedInAsync(UserRole.Dispatcher);

        Assert.Equal((HttpStatusCode.BadRequest, "device.kind-invalid"), await TryAsync(admin, new { id = "van", kind = "boat" }));
        Assert.Equal((HttpStatusCode.BadRequest, "device.phone-invalid"), await TryAsync(admin, new { id = "van", phone = "no" }));
        Assert.Equal((HttpStatusCode.NotFound, "device.unknown"), await TryAsync(admin, new { id = "nobody", kind = "asset" }));
        Assert.Equal((HttpStatusCode.Forbidden, "auth.forbidden"), await TryAsync(dispatcher, new { id = "van", kind = "asset" }));
        Assert.Equal("vehicle ", await UnitAsync(dispatcher, ""));
    }

    [Fact]
    public async Task Given_the_command_line_When_devices_are_added_set_and_imported_Then_the_list_shows_kind_and_phone()
    {
        var file = Path.Combine(Server.Directory, "facts.csv");
        await File.WriteAllTextAsync(file, "id,phone,name,kind\nfacts-csv-1,099 111,Ana,person\nfacts-csv-2,,Crane,asset\nfacts-csv-3,,Ship,ship\n");

        var added = await Server.RunAsync("device", "add", "facts-cli", "--kind", "person", "--phone", "099 123");
        var set = await Server.RunAsync("device", "set", "facts-cli", "--kind", "asset", "--phone", "");
        var import = await Server.RunAsync("device", "import", file);
        var list = await Server.RunAsync("device", "list", "--json");

        Assert.Equal((0, 0, "device facts-cli set\n"), (added.ExitCode, set.ExitCode, set.Output));
        Assert.Equal(1, import.ExitCode);
        Assert.StartsWith("line 4: device.kind-invalid:", import.Error, StringComparison.Ordinal);
        var rows = JsonElement.Parse(list.Output).GetProperty("devices").EnumerateArray()
            .Where(d => d.GetProperty("id").GetString()!.StartsWith("facts-", StringComparison.Ordinal))
            .Select(d => $"{d.GetProperty("id")} {d.GetProperty("name")} {d.GetProperty("kind")} {(d.TryGetProperty("phone", out var phone) ? phone.GetString() : "")}");
        Assert.Equal(["facts-cli facts-cli asset ", "facts-csv-1 Ana person 099 111", "facts-csv-2 Crane asset "], rows);
    }

    private static async Task SetAsync(HttpClient browser, object set)
    {
        using var answer = await browser.PostAsJsonAsync("/api/v1/devices/set", set);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    private static async Task<(HttpStatusCode Status, string? Code)> TryAsync(HttpClient browser, object set)
    {
        using var answer = await browser.PostAsJsonAsync("/api/v1/devices/set", set);
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("code").GetString());
    }

    /// <summary>Kind and phone of the one unit that is found; nothing where none is.</summary>
    private static async Task<string> UnitAsync(HttpClient browser, string query)
    {
        var units = JsonElement.Parse(await browser.GetStringAsync(new Uri("/api/v1/units" + query, UriKind.Relative))).GetProperty("units").EnumerateArray().ToArray();
        return units is [var unit] ? $"{unit.GetProperty("kind")} {(unit.TryGetProperty("phone", out var phone) ? phone.GetString() : "")}" : "";
    }
}
