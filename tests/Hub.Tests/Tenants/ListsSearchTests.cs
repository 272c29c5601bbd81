using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Tenants;

/// <summary>Users and devices are found by a part of their names, page by page; the search's own signs mean themselves.</summary>
[Collection(ServerCollection.Name)]
public sealed class ListsSearchTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_people_When_searched_Then_a_part_in_any_case_finds_them_and_signs_stand_for_themselves()
    {
        var tenant = await TestTenant.CreateAsync(Server, "find-users");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        foreach (var name in new[] { "find Äri Smith", "find 50%", "find 5_0", "find back\\slash", "find-smithers" })
        {
            using var added = await admin.PostAsJsonAsync("/api/v1/users", new UserToAdd(name, UserRole.Sales), AdministrationJson.Default.UserToAdd);
            Assert.True(added.IsSuccessStatusCode);
        }
        Assert.Equal(["find Äri Smith", "find-smithers"], (await NamesAsync(admin, "users", "SMITH")).Order(StringComparer.Ordinal));
        Assert.Equal(["find Äri Smith"], await NamesAsync(admin, "users", "äri"));
        Assert.Equal(["find 50%"], await NamesAsync(admin, "users", "50%"));
        Assert.Equal(["find 5_0"], await NamesAsync(admin, "users", "5_0"));
        Assert.Equal(["find back\\slash"], await NamesAsync(admin, "users", "k\\s"));
        Assert.Empty(await NamesAsync(admin, "users", "nobody"));
        Assert.Equal(6, (await NamesAsync(admin, "users", "")).Count);
    }

    [Fact]
    public async Task Given_devices_When_searched_Then_by_id_or_name_and_each_page_goes_on()
    {
        var tenant = await TestTenant.CreateAsync(Server, "find-devices");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        await tenant.DeviceAsync("v-1", "Blue van");
        await tenant.DeviceAsync("v-2", "Red van");
        await tenant.DeviceAsync("van-3", "Third");
        await tenant.DeviceAsync("bike", "Bicycle");
        Assert.Equal(["v-1", "v-2", "van-3"], await NamesAsync(admin, "devices", "VAN"));
        Assert.Equal(["bike"], await NamesAsync(admin, "devices", "cycl"));
    }

    [Theory]
    [InlineData("/api/v1/users?search=", "query.search-invalid")]
    [InlineData("/api/v1/users?search=a%00b", "query.search-invalid")]
    [InlineData("/api/v1/devices?search=a&search=b", "query.search-invalid")]
    public async Task Given_a_damaged_search_Then_400_with_its_code(string path, string code)
    {
        using var answer = await Server.Operator.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(code, JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Given_an_admin_When_he_makes_an_enrolment_url_Then_it_is_shown_once_and_devices_report_to_it()
    {
        var tenant = await TestTenant.CreateAsync(Server, "find-enrol");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        Assert.False((await admin.GetFromJsonAsync("/api/v1/enrolment", AdministrationJson.Default.EnrolmentAnswer))!.IsIssued);

        using var rotated = await admin.PostAsync(new Uri("/api/v1/enrolment/rotate", UriKind.Relative), null);
        var made = (await rotated.Content.ReadFromJsonAsync(AdministrationJson.Default.EnrolmentAnswer))!;

        Assert.StartsWith($"{Server.Address}osmand/", made.Url, StringComparison.Ordinal);
        Assert.Equal(new EnrolmentAnswer(true, null), await admin.GetFromJsonAsync("/api/v1/enrolment", AdministrationJson.Default.EnrolmentAnswer));
        using var dispatcher = await tenant.SignedInAsync(UserRole.Dispatcher);
        using var refused = await dispatcher.PostAsync(new Uri("/api/v1/enrolment/rotate", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Given_a_token_made_by_an_admin_Then_the_list_says_by_whom()
    {
        var tenant = await TestTenant.CreateAsync(Server, "find-maker");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        using var made = await admin.PostAsJsonAsync("/api/v1/tokens", new TokenToAdd("sync", UserRole.Auditor), AdministrationJson.Default.TokenToAdd);
        Assert.True(made.IsSuccessStatusCode);

        var token = Assert.Single((await admin.GetFromJsonAsync("/api/v1/tokens", AdministrationJson.Default.TokenPage))!.Tokens);

        Assert.Equal("find-maker-admin", token.MadeByName);
    }

    private static async Task<List<string>> NamesAsync(HttpClient browser, string what, string search)
    {
        var names = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var query = (search.Length == 0 ? "" : $"&search={Uri.EscapeDataString(search)}") + (cursor.Length == 0 ? "" : $"&cursor={cursor}");
            var page = JsonElement.Parse(await browser.GetStringAsync(new Uri($"/api/v1/{what}?limit=1{query}", UriKind.Relative)));
            names.AddRange(page.GetProperty(what).EnumerateArray().Select(e => e.GetProperty(what == "users" ? "name" : "id").GetString()!));
            cursor = page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        }
        return names;
    }
}
