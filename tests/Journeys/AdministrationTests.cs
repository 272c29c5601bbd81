using System.Text.RegularExpressions;
using FieldCrm.TestKit;
using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>An admin looks after people, programs, devices and settings, and reads what was done; each role finds what it may do and no more.</summary>
[Collection(ChromiumCollection.Name)]
public sealed partial class AdministrationTests(Chromium chromium)
{
    [Fact]
    public async Task Given_an_admin_When_he_adds_a_user_Then_the_link_is_shown_once_and_signs_in_and_the_last_admin_stays()
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "admin");
        await using var screen = await OpenAsync(link, "/dispatch/admin/users");
        var page = screen.Page;
        await page.GetByText(tenant).First.WaitForAsync();
        await screen.PictureAsync("admin-users");

        await page.GetByRole(AriaRole.Button, new() { Name = "Add a user" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(tenant);
        await page.GetByRole(AriaRole.Button, new() { Name = "Add and make the link" }).ClickAsync();
        screen.Expected.Add("409");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("has this name");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync($"{tenant} Ana");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add and make the link" }).ClickAsync();
        var secret = page.Locator("code.secret");
        await secret.WaitForAsync();
        Assert.Equal("", await screen.AxeAsync());
        await screen.PictureAsync("admin-user-link");
        var given = await secret.InnerTextAsync();
        Assert.Matches("/sign-in/[0-9a-z]{32}$", given);
        await page.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await page.GetByRole(AriaRole.Rowheader, new() { Name = $"{tenant} Ana" }).WaitForAsync();
        Assert.DoesNotContain(given, await page.ContentAsync(), StringComparison.Ordinal);

        await using (var other = await Screen.OpenAsync(chromium.Browser, chromium.Server.Address))
        {
            await other.SignInAsync(given);
            await other.Page.Locator(".connection").WaitForAsync();
            other.AssertClean();
        }

        await page.GetByRole(AriaRole.Button, new() { Name = $"Manage {tenant}", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Disable", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Disable", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This is the last admin");
        await screen.PictureAsync("admin-last-admin");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = $"Manage {tenant}", Exact = true })).ToBeFocusedAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = $"Manage {tenant} Ana" }).ClickAsync();
        await page.GetByLabel("Role").SelectOptionAsync("admin");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change the role" }).ClickAsync();
        await page.GetByText("The role is now: Admin").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Disable", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Disable", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Enable", Exact = true }).WaitForAsync();
        await page.Keyboard.PressAsync("Escape");

        await page.GetByRole(AriaRole.Searchbox).FillAsync("ANA");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Searchbox).FillAsync("nobody at all");
        await page.GetByText("No user has this in the name.").WaitForAsync();
        Assert.Equal("", await screen.AxeAsync());
        screen.AssertClean();
    }

    [Fact]
    public async Task Given_an_admin_When_he_makes_a_token_Then_it_is_shown_once_works_and_ends_when_revoked()
    {
        var (_, link) = await Tenants.AddAsync(chromium.Server, "admin");
        await using var screen = await OpenAsync(link, "/dispatch/admin/tokens");
        var page = screen.Page;
        await page.GetByText("No tokens yet.").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a token" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Payroll");
        await page.GetByLabel("Days until it ends").FillAsync("400");
        screen.Expected.Add("400");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Make a token" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("1 to 366 days");
        await page.GetByLabel("Days until it ends").FillAsync("30");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Make a token" }).ClickAsync();
        var token = await page.Locator("code.secret").InnerTextAsync();
        Assert.StartsWith("fct_", token, StringComparison.Ordinal);
        await screen.PictureAsync("admin-token");
        Assert.Equal("", await screen.AxeAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await page.GetByRole(AriaRole.Rowheader, new() { Name = "Payroll" }).WaitForAsync();
        Assert.DoesNotContain(token, await page.ContentAsync(), StringComparison.Ordinal);
        Assert.Equal(200, await StatusAsync(token));
        await page.ReloadAsync();
        await page.GetByRole(AriaRole.Cell, new() { NameRegex = Ago() }).First.WaitForAsync(); // its use is shown

        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke Payroll" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Revoke", Exact = true }).ClickAsync();

        await page.GetByText("Revoked", new() { Exact = true }).WaitForAsync();
        Assert.Equal(401, await StatusAsync(token));
        await screen.PictureAsync("admin-tokens");
        screen.AssertClean();

        async Task<int> StatusAsync(string bearer)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(chromium.Server.Address, "/api/v1/devices"));
            request.Headers.Authorization = new("Bearer", bearer);
            using var answer = await chromium.Server.Visitor.SendAsync(request);
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task Given_an_admin_When_he_imports_and_adds_devices_Then_each_line_is_judged_and_the_QR_code_is_the_clients_url()
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "admin");
        await using var screen = await OpenAsync(link, "/dispatch/admin/devices");
        var page = screen.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Import CSV" }).ClickAsync();
        await page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload
        {
            Name = "fleet.csv", MimeType = "text/csv", Buffer = "id;name\nvan-1;Van 1\n;Nobody\nvan-1;Again\nvan%2F2;Bad\nvan-3;\n"u8.ToArray(),
        });
        await page.GetByText("2 added, 1 known, 2 refused").WaitForAsync();
        Assert.Equal("", await screen.AxeAsync());
        await screen.PictureAsync("admin-import");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download the report" }).ClickAsync());
        var report = (await File.ReadAllTextAsync(await download.PathAsync())).TrimEnd().Split("\r\n");
        Assert.Equal("line,id,status,reason,url", report[0]);
        Assert.Matches($"^2,van-1,added,,{Regex.Escape(chromium.Server.Address.ToString())}osmand/[0-9a-z]{{32}}$", report[1]);
        Assert.Equal(["3,,refused,The line has no id.,", "4,van-1,known,,"], report[2..4]);
        Assert.StartsWith("5,van%2F2,refused,", report[4], StringComparison.Ordinal);
        Assert.Equal(6, report.Length);
        await page.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await page.GetByRole(AriaRole.Rowheader, new() { Name = "van-3" }).WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Manage Van 1" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "New token and QR" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "New token and QR" }).ClickAsync();
        var url = await page.Locator("code.secret").InnerTextAsync();
        Assert.Matches($"^{Regex.Escape(chromium.Server.Address.ToString())}osmand/[0-9a-z]{{32}}$", url);
        Assert.Equal($"{url}?id=van-1", await page.Locator("svg.qr").GetAttributeAsync("data-text"));
        await screen.PictureAsync("admin-device");
        using (var report1 = await chromium.Server.Visitor.GetAsync(new Uri($"{url}?id=van-1&lat=-34.9&lon=-56.16")))
            Assert.True(report1.IsSuccessStatusCode);
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Blue van");
        await page.GetByLabel("Kind").SelectOptionAsync("asset");
        await page.GetByLabel("Phone").FillAsync("99");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true })).ToBeDisabledAsync();
        await page.GetByLabel("Phone").FillAsync("+598 99 123 456");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Blue van" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Disable", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Disable", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Enable", Exact = true }).WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Cell, new() { Name = "+598 99 123 456" }).WaitForAsync();
        await page.GetByRole(AriaRole.Cell, new() { Name = "Asset", Exact = true }).WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Enrolment address" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the address" }).ClickAsync();
        var enrolment = await page.Locator("code.secret").InnerTextAsync();
        await screen.PictureAsync("admin-enrolment");
        await page.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        using (var unknown = await chromium.Server.Visitor.GetAsync(new Uri($"{enrolment}?id=new-phone&lat=-34.9&lon=-56.16")))
            Assert.False(unknown.IsSuccessStatusCode);
        await page.GetByRole(AriaRole.Button, new() { Name = "Admit new-phone" }).ClickAsync();
        var admit = page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(admit.GetByLabel("Kind")).ToHaveValueAsync("person"); // it reports as a phone does
        await admit.GetByLabel("Kind").SelectOptionAsync("vehicle");
        await admit.GetByRole(AriaRole.Button, new() { Name = "Admit", Exact = true }).ClickAsync();
        await Assertions.Expect(admit).ToHaveCountAsync(0);
        await AcceptedAsync("new-phone");

        using (var unknown = await chromium.Server.Visitor.GetAsync(new Uri($"{enrolment}?id=own-phone&lat=-34.9&lon=-56.16")))
            Assert.False(unknown.IsSuccessStatusCode);
        await page.GetByRole(AriaRole.Button, new() { Name = "Admit own-phone" }).ClickAsync();
        await admit.GetByRole(AriaRole.Button, new() { Name = "Admit", Exact = true }).ClickAsync(); // as a person's, as it is offered
        await admit.GetByText("Now say who carries it.").WaitForAsync();
        await admit.GetByLabel("Carried by").FillAsync(tenant[..^3]);
        await Assertions.Expect(admit.Locator($"datalist option[value='{tenant}']")).ToHaveCountAsync(1);
        await admit.GetByLabel("Carried by").FillAsync(tenant);
        await admit.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await admit.GetByRole(AriaRole.Status).GetByText(tenant).WaitForAsync(); // who has not said yes to it yet
        await screen.PictureAsync("admin-admitted-person");
        Assert.Equal("", await screen.AxeAsync());
        await admit.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await AcceptedAsync("own-phone"); // and nothing of it is kept
        screen.AssertClean();

        // What the server knew of it a moment ago is forgotten by a notice: a phone sends again until it is taken.
        Task AcceptedAsync(string id) => Eventually.TrueAsync(
            async () =>
            {
                using var answer = await chromium.Server.Visitor.GetAsync(new Uri($"{enrolment}?id={id}&lat=-34.9&lon=-56.16"));
                return answer.IsSuccessStatusCode;
            },
            Chromium.Patience);
    }

    [Fact]
    public async Task Given_settings_When_the_server_refuses_them_Then_the_field_says_why_and_the_log_names_every_act_to_the_end()
    {
        var (_, link) = await Tenants.AddAsync(chromium.Server, "admin");
        await using var screen = await OpenAsync(link, "/dispatch/admin/settings");
        screen.Expected.Add("400");
        var page = screen.Page;
        await page.GetByLabel("Days that positions are kept").FillAsync("5000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.GetByText("From 2 to 3,650.").WaitForAsync();
        await Assertions.Expect(page.GetByLabel("Days that positions are kept")).ToHaveAttributeAsync("aria-invalid", "true");
        await screen.PictureAsync("admin-settings");
        await page.GetByLabel("Days that positions are kept").FillAsync("5");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.GetByText("Positions must be kept for more days").WaitForAsync();
        await page.GetByLabel("Days that positions are kept").FillAsync("45");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.GetByText("Saved", new() { Exact = true }).WaitForAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Audit log" }).ClickAsync();
        await page.GetByRole(AriaRole.Cell, new() { Name = "Settings changed" }).WaitForAsync();
        await page.GetByText("All: 4").WaitForAsync(); // user added, link made, link used, settings changed
        await screen.PictureAsync("admin-audit");
        Assert.Equal("", await screen.AxeAsync());
        await page.GetByLabel("Who").SelectOptionAsync("operator");
        await page.GetByText("All: 2").WaitForAsync();
        await page.GetByLabel("What").SelectOptionAsync("UserAdded");
        await page.GetByText("All: 1").WaitForAsync();
        await page.GetByLabel("To", new() { Exact = true }).FillAsync("2020-01-01");
        await page.GetByText("Nothing matches this filter.").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Reset" }).ClickAsync();
        await page.GetByText("All: 4").WaitForAsync();
        screen.AssertClean();
    }

    [Theory]
    [InlineData("auditor", "Audit log")]
    [InlineData("dispatcher", "")]
    [InlineData("admin", "Users,Devices,API tokens,Settings,Certificate,Audit log")]
    public async Task Given_a_role_Then_the_menu_shows_what_it_may_do_and_other_addresses_say_no(string role, string shown)
    {
        var (_, link) = await Tenants.AddAsync(chromium.Server, role);
        await using var screen = await OpenAsync(link, "/dispatch/admin/tenants");
        await screen.Page.GetByText("Your role may not see this.").WaitForAsync();
        var names = await screen.Page.Locator(".admin-nav a").AllInnerTextsAsync();
        Assert.Equal(shown, string.Join(',', names.Select(n => n.Trim())));
        Assert.Equal("", await screen.AxeAsync());
        await screen.PictureAsync($"admin-refused-{role}");
        screen.AssertClean();
    }

    private async Task<Screen> OpenAsync(string link, string path, BrowserNewContextOptions? options = null)
    {
        var screen = await Screen.OpenAsync(chromium.Browser, chromium.Server.Address, options);
        await screen.SignInAsync(link);
        await screen.Page.GotoAsync(path);
        return screen;
    }

    [GeneratedRegex("ago$")]
    private static partial Regex Ago();
}
