using System.Net;
using System.Net.Http.Json;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.People;
using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>Somebody who carries his own phone, and a dispatcher who wants to know more than where he is.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class PersonTests(Chromium chromium)
{
    private const string Why = "The customer waits at the gate";

    public static TheoryData<string> Variants => Variant.Names;

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Given_a_person_on_shift_When_a_dispatcher_opens_his_detail_Then_it_asks_why_and_the_person_reads_it(string name)
    {
        var variant = Variant.Of(name);
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        var own = await Tenants.InviteAsync(chromium.Server.Operator, tenant, $"ana-{tenant}", "technician");
        var phone = await Van.AddAsync(chromium.Server, tenant, "ana-phone", "Ana", "person");
        using var held = await chromium.Server.Operator.PostAsJsonAsync(
            $"/operator/devices/hold?tenant={tenant}", new DeviceToHold("ana-phone", $"ana-{tenant}"), AdministrationJson.Default.DeviceToHold);
        Assert.Equal(HttpStatusCode.NoContent, held.StatusCode);
        await using var hers = await Screen.OpenAsync(chromium, variant);
        await SignInAsync(hers, own);

        await hers.LookAsync($"me-notice-{name}");
        await hers.Page.GetByRole(AriaRole.Button, new() { Name = "Yes" }).ClickAsync();
        await hers.LookAsync($"me-off-shift-{name}");
        await hers.Page.GetByRole(AriaRole.Button, new() { Name = "Begin" }).ClickAsync();
        await hers.Page.Locator("section.shift.on").WaitForAsync();
        await hers.LookAsync($"me-on-shift-{name}");
        // Phones date in whole seconds: what a browser does within one of them is over before her next fix.
        await phone.ReportAsync(-34.8941, -56.1650, 0, age: TimeSpan.FromSeconds(-1));

        await using var desk = await Screen.OpenAsync(chromium, variant);
        desk.Expected.Add("428"); // a browser notes each answer that is a refusal
        var page = desk.Page;
        await desk.SignInAsync(link);
        await page.Locator(".connection.live").WaitForAsync();
        var row = page.Locator("button.unit", new() { HasText = "Ana" });
        await row.ClickAsync();
        var form = page.Locator("form.reason");
        await form.GetByText("Ana is a person").WaitForAsync();
        Assert.Equal(0, await page.Locator("dl.facts").CountAsync());
        await desk.LookAsync($"reason-{name}");
        await form.Locator("textarea").FillAsync("no");
        await Assertions.Expect(form.GetByRole(AriaRole.Button)).ToBeDisabledAsync();
        await form.Locator("textarea").FillAsync(Why);
        await form.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await page.Locator("dl.facts").GetByText("81 %").WaitForAsync();
        await desk.LookAsync($"person-{name}");

        await hers.Page.GotoAsync("/me/looks");
        await hers.Page.GetByText(Why).First.WaitForAsync();
        await hers.Page.GetByText(tenant).First.WaitForAsync(); // the dispatcher is called so
        await hers.LookAsync($"me-looks-{name}");
        await hers.Page.GotoAsync("/me/data");
        await hers.LookAsync($"me-data-{name}");

        await hers.Page.GotoAsync("/me");
        await hers.Page.GetByRole(AriaRole.Button, new() { Name = "End" }).ClickAsync();
        await hers.Page.Locator("section.shift.off").WaitForAsync();
        await Assertions.Expect(row).ToHaveCountAsync(0, new() { Timeout = (float)Chromium.Patience.TotalMilliseconds });
        hers.AssertClean();
        desk.AssertClean();
    }

    private static async Task SignInAsync(Screen screen, string link)
    {
        await screen.Page.GotoAsync(link);
        await screen.Page.Locator("main button[type=submit], main form button").First.ClickAsync();
        await screen.Page.GotoAsync("/me");
    }
}
