using System.Net;
using System.Text.RegularExpressions;
using FieldCrm.Hub.Identity.Accounts;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Identity;

[Collection(ServerCollection.Name)]
public sealed partial class PasswordTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_first_sign_in_When_it_is_done_Then_a_way_back_in_is_asked_for_and_works()
    {
        using var person = await Person.WithPasswordAsync(Server, "pw-first");
        using var elsewhere = Person.Of(Server, "pw-first");

        using var answer = await elsewhere.SignInAsync(Person.Password);

        Assert.Equal((HttpStatusCode.SeeOther, "/"), (answer.StatusCode, answer.Headers.Location?.ToString()));
        Assert.Equal("dispatcher", await elsewhere.RoleAsync());
    }

    [Fact]
    public async Task Given_an_unknown_name_a_wrong_password_and_one_without_a_password_When_tried_Then_one_answer_for_all()
    {
        using var known = await Person.WithPasswordAsync(Server, "pw-known");
        using var without = await Person.AddAsync(Server, "pw-without");
        var answers = new List<string>();
        foreach (var (name, password) in new[] { ("pw-known", "wrong wrong wrong"), ("pw-nobody", Person.Password), ("pw-without", Person.Password), ("", "") })
        {
            using var guesser = Person.Of(Server, name);
            var begun = TimeProvider.System.GetTimestamp();
            using var answer = await guesser.SignInAsync(password);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.True(TimeProvider.System.GetElapsedTime(begun) >= PasswordSignIn.Floor);
            answers.Add(Token().Replace((await answer.Content.ReadAsStringAsync()).Replace(name.Length == 0 ? "value=\"\"" : $"value=\"{name}\"", "", StringComparison.Ordinal), ""));
            Assert.Null(await guesser.RoleAsync());
        }
        Assert.Single(answers.Take(3).Distinct());
    }

    [Fact]
    public async Task Given_five_wrong_passwords_When_the_right_one_comes_at_once_Then_the_name_waits_and_the_ledger_says_so()
    {
        using var owner = await Person.WithPasswordAsync(Server, "pw-locked");
        for (var i = 0; i < 5; i++)
        {
            using var guesser = Person.Of(Server, "pw-locked"); // from five addresses
            using var wrong = await guesser.SignInAsync($"a wrong password {i}");
            Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
        }

        using var late = Person.Of(Server, "pw-locked");
        using var right = await late.SignInAsync(Person.Password);

        Assert.Equal(HttpStatusCode.Forbidden, right.StatusCode);
        Assert.Equal("dispatcher", await owner.RoleAsync()); // who is in stays in
        var audit = await Server.Operator.GetStringAsync(new Uri("/api/v1/audit?kind=SignInLocked&limit=1", UriKind.Relative));
        Assert.Contains("\"user\":\"pw-locked\"", audit, StringComparison.Ordinal);
        Assert.Contains("\"tries\":5", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_many_tries_at_one_moment_When_counted_Then_no_more_than_five_were_looked_at()
    {
        using var owner = await Person.WithPasswordAsync(Server, "pw-race");
        var guessers = Enumerable.Range(0, 12).Select(_ => Person.Of(Server, "pw-race")).ToArray();

        var answers = await Task.WhenAll(guessers.Select((g, i) => g.SignInAsync($"a wrong password {i}")));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.Forbidden, a.StatusCode));
        await using var tries = Server.Get<Silo.Storage.FieldCrmDatabase>().Silo.CreateCommand(
            "SELECT tries FROM user_login JOIN app_user USING (user_id) WHERE name = 'pw-race'");
        Assert.Equal(5, await tries.ExecuteScalarAsync());
        foreach (var guesser in guessers)
            guesser.Dispose();
    }

    [Fact]
    public async Task Given_a_password_When_changed_Then_the_present_one_is_asked_for_and_other_sessions_end()
    {
        using var here = await Person.WithPasswordAsync(Server, "pw-change");
        using var there = Person.Of(Server, "pw-change");
        using var signedIn = await there.SignInAsync(Person.Password);
        Assert.Equal("dispatcher", await there.RoleAsync());

        using var wrong = await here.SendAsync("/account", "/account/password", ("present", "not this one"), ("password", "seven blue umbrellas"));
        using var right = await here.SendAsync("/account", "/account/password", ("present", Person.Password), ("password", "seven blue umbrellas"));

        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.SeeOther, right.StatusCode);
        Assert.Equal("dispatcher", await here.RoleAsync());
        Assert.Null(await there.RoleAsync());
        using var old = await there.SignInAsync(Person.Password);
        Assert.Equal(HttpStatusCode.Forbidden, old.StatusCode);
    }

    [Fact]
    public async Task Given_sessions_on_two_devices_When_signed_out_everywhere_Then_both_are_over_and_a_kept_cookie_is_worth_nothing()
    {
        using var here = await Person.WithPasswordAsync(Server, "pw-everywhere");
        using var there = Person.Of(Server, "pw-everywhere");
        using var signedIn = await there.SignInAsync(Person.Password);
        var stolen = signedIn.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith($"fieldcrm-{Server.Address.Port}=", StringComparison.Ordinal)).Split(';')[0];

        using var answer = await here.SendAsync("/account", "/account/sign-out-everywhere");

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Null(await here.RoleAsync());
        Assert.Null(await there.RoleAsync());
        using var request = new HttpRequestMessage(HttpMethod.Get, "/session");
        request.Headers.Add("Cookie", stolen);
        using var replayed = await Server.Visitor.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, replayed.StatusCode);
    }

    [Fact]
    public async Task Given_a_link_for_another_device_When_shown_Then_it_signs_in_there_and_is_a_picture_too()
    {
        using var here = await Person.WithPasswordAsync(Server, "pw-link");

        using var answer = await here.SendAsync("/account", "/account/link");
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Contains("<svg", page[page.IndexOf("class=\"qr\"", StringComparison.Ordinal)..], StringComparison.Ordinal);
        using var phone = Person.Of(Server, "pw-link");
        var path = LinkPath().Match(page).Value;
        using var redeemed = await phone.SendAsync(path, path);
        Assert.Equal("/", redeemed.Headers.Location?.ToString()); // has a password: nothing to ask for
        Assert.Equal("dispatcher", await phone.RoleAsync());
    }

    [Theory]
    [InlineData("name=a%00b&password=x")]
    [InlineData("name=%FF%FE&password=%C3%28")]
    [InlineData("=&&=&%")]
    public async Task Given_a_form_that_is_damaged_When_sent_Then_refused_and_no_defect(string form)
    {
        using var guesser = Person.Of(Server, "");
        var token = await guesser.TokenAsync("/sign-in");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in")
        {
            Content = new StringContent(form, System.Text.Encoding.ASCII, "application/x-www-form-urlencoded"),
        };
        request.Headers.Add(FieldCrm.Hub.Identity.CookieRequests.HeaderName, token);

        using var answer = await guesser.Http.SendAsync(request);

        Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden, $"{answer.StatusCode}");
    }

    [Theory]
    [InlineData("short", "password.too-short")]
    [InlineData("elevenchars", "password.too-short")]
    [InlineData("Montevideo1234", "password.too-common")]
    [InlineData("123456789012", "password.too-common")]
    [InlineData("qwertyuiopas", "password.too-common")]
    [InlineData("abababababab", "password.too-common")]
    [InlineData("maria and her dog", "password.has-name")]
    [InlineData("i like FieldCRM", "password.has-name")]
    [InlineData("three green lanterns", null)]
    [InlineData("aaaa bbbb cccc dddd", null)]
    [InlineData("пароль из слов", null)]
    public void Given_a_password_When_looked_at_Then_length_name_and_habit_count_and_nothing_else(string password, string? code) =>
        Assert.Equal(code, PasswordRules.Check("Maria", password)?.Code);

    [GeneratedRegex("(name=\"__RequestVerificationToken\" value=\"[^\"]+\")|( autofocus)")]
    private static partial Regex Token();

    [GeneratedRegex("/sign-in/[0-9a-z]{32}")]
    private static partial Regex LinkPath();
}
