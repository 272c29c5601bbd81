using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Identity;

[Collection(ServerCollection.Name)]
public sealed partial class SignInTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_one_time_link_When_previewed_redeemed_and_used_again_Then_it_signs_in_once()
    {
        var link = await LinkAsync("ana", "dispatcher");
        using var preview = Browser();
        Assert.Equal(HttpStatusCode.OK, (await preview.GetAsync(new Uri(link))).StatusCode);
        using var browser = Browser();

        using var redeemed = await RedeemAsync(browser, link);
        Assert.Equal(HttpStatusCode.SeeOther, redeemed.StatusCode);
        var cookie = redeemed.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith($"fieldcrm-{Server.Address.Port}=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        var session = await browser.GetFromJsonAsync("/session", AdministrationJson.Default.SessionAnswer);
        Assert.Equal("dispatcher", session!.Role);

        using var again = await RedeemAsync(preview, link);
        Assert.Equal(HttpStatusCode.Gone, again.StatusCode);
        Assert.Contains("link.used", await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_forged_form_When_posted_Then_the_link_is_not_used_up()
    {
        var link = await LinkAsync("bea", "admin");
        using var browser = Browser();

        using var forged = await browser.PostAsync(new Uri(link), new FormUrlEncodedContent([]));

        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        using var honest = await RedeemAsync(browser, link);
        Assert.Equal(HttpStatusCode.SeeOther, honest.StatusCode);
    }

    [Fact]
    public async Task Given_a_session_When_its_user_is_disabled_Then_it_ends()
    {
        var link = await LinkAsync("cleo", "admin");
        using var browser = Browser();
        using var redeemed = await RedeemAsync(browser, link);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(new Uri("/api/v1/devices", UriKind.Relative))).StatusCode);

        using var disabled = await Server.Operator.PostAsJsonAsync(
            "/operator/users/disable", new UserToName("cleo"), AdministrationJson.Default.UserToName);

        using var after = await browser.GetAsync(new Uri("/api/v1/devices", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        Assert.Equal("auth.required", await CodeAsync(after));
    }

    [Fact]
    public async Task Given_a_dispatcher_When_he_administrates_Then_he_may_not()
    {
        var link = await LinkAsync("dora", "dispatcher");
        using var browser = Browser();
        using var redeemed = await RedeemAsync(browser, link);

        using var answer = await browser.PostAsJsonAsync(
            "/api/v1/devices", new DeviceToAdd("doras-van"), AdministrationJson.Default.DeviceToAdd);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("auth.forbidden", await CodeAsync(answer));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    [InlineData("Bearer ")]
    [InlineData("Basic eDp5")]
    public async Task Given_no_credential_or_a_wrong_one_When_the_operator_is_played_Then_401(string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/operator/tenants");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);

        using var answer = await Server.Visitor.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("auth.required", await CodeAsync(answer));
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
    }

    [Fact]
    public void Given_the_operators_key_Then_only_its_owner_can_read_it()
    {
        var file = new FieldCrm.Hub.Supervision.InstancePaths(Server.Directory).OperatorCredential;

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(64, File.ReadAllText(file).Length);
    }

    [Fact]
    public async Task Given_the_first_start_When_a_link_is_asked_for_Then_it_signs_the_admin_in()
    {
        using var answer = await Server.Operator.PostAsync(new Uri("/operator/sign-in-link", UriKind.Relative), null);
        var link = (await answer.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer))!;
        using var browser = Browser();

        using var redeemed = await RedeemAsync(browser, link.Url);

        Assert.Equal(("admin", "admin"), (link.User, link.Role));
        Assert.Equal(HttpStatusCode.SeeOther, redeemed.StatusCode);
    }

    [Fact]
    public async Task Given_tokens_in_addresses_When_they_are_used_Then_no_log_names_them()
    {
        var link = await LinkAsync("elsa", "admin");
        using var browser = Browser();
        using var redeemed = await RedeemAsync(browser, link);
        var token = SecretToken.Create();
        using var unknown = await Server.Visitor.GetAsync(new Uri($"/osmand/{token}?lat=1&lon=2&timestamp=3", UriKind.Relative));
        using var broken = await Server.Visitor.GetAsync(new Uri($"/sign-in/{token}%00", UriKind.Relative));

        var text = new Uri(link).Segments[^1];
        Assert.DoesNotContain(Server.Log, line => line.Contains(text, StringComparison.Ordinal) || line.Contains(token, StringComparison.Ordinal));
    }

    private HttpClient Browser() => new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() })
    {
        BaseAddress = Server.Address,
    };

    private async Task<string> LinkAsync(string user, string role)
    {
        using var answer = await Server.Operator.PostAsJsonAsync(
            "/operator/users", new UserToAdd(user, role), AdministrationJson.Default.UserToAdd);
        return (await answer.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer))!.Url;
    }

    internal static async Task<HttpResponseMessage> RedeemAsync(HttpClient browser, string link)
    {
        var page = await browser.GetStringAsync(new Uri(link));
        var field = Field().Match(page);
        return await browser.PostAsync(new Uri(link), new FormUrlEncodedContent(
            [KeyValuePair.Create(field.Groups["name"].Value, WebUtility.HtmlDecode(field.Groups["value"].Value))]));
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage answer)
    {
        var problem = await answer.Content.ReadFromJsonAsync<Dictionary<string, System.Text.Json.JsonElement>>();
        return problem?["code"].GetString();
    }

    [GeneratedRegex("name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]+)\"")]
    private static partial Regex Field();
}
