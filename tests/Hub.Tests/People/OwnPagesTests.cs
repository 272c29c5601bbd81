using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.People;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.People;

/// <summary>A person's own pages, by their forms alone: no script is needed.</summary>
[Collection(ServerCollection.Name)]
public sealed class OwnPagesTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    public static TheoryData<string, string, string, string> Languages() => new()
    {
        { "en", "Your position at work", "Begin shift", "Nothing about where you are is taken in." },
        { "es", "Su posición en el trabajo", "Empezar turno", "No se recibe nada sobre dónde está." },
        { "de", "Ihre Position bei der Arbeit", "Dienst beginnen", "Wo Sie sind, wird nicht aufgenommen." },
    };

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task Given_a_technician_s_language_When_he_reads_and_agrees_Then_the_ledger_has_the_text_that_he_was_shown(
        string language, string title, string begin, string off)
    {
        using var carrier = await Carrier.CreateAsync(Server, $"own-{language}");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/me", UriKind.Relative));
        request.Headers.Add("Accept-Language", $"{language}-CH, en;q=0.5");
        using var shown = await carrier.Browser.SendAsync(request);
        var page = WebUtility.HtmlDecode(await shown.Content.ReadAsStringAsync());
        Assert.Contains($"<html lang=\"{language}\">", page, StringComparison.Ordinal);
        Assert.Contains(title, page, StringComparison.Ordinal);
        Assert.Contains($"own-{language}", page, StringComparison.Ordinal); // his organisation stands in the text
        var hash = Regex.Match(page, "name=\"hash\" value=\"(?<hash>[0-9a-f]{64})\"").Groups["hash"].Value;

        var answered = await carrier.SendAsync($"/me/consent?lang={language}", ("answer", "yes"), ("language", language), ("hash", hash));

        Assert.DoesNotContain("role=\"alert\"", answered, StringComparison.Ordinal);
        var after = WebUtility.HtmlDecode(await carrier.PageAsync($"/me?lang={language}"));
        Assert.Contains(begin, after, StringComparison.Ordinal);
        Assert.Contains(off, after, StringComparison.Ordinal);
        var data = WebUtility.HtmlDecode(await carrier.PageAsync($"/me/data?lang={language}"));
        Assert.Contains(hash, data, StringComparison.Ordinal);
        var text = Regex.Match(data, $"<pre lang=\"{language}\">(?<text>[^<]+)</pre>").Groups["text"].Value;
        Assert.Equal(hash, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public async Task Given_a_notice_that_changed_meanwhile_When_the_old_one_is_answered_Then_it_is_shown_again_and_nothing_is_agreed()
    {
        using var carrier = await Carrier.CreateAsync(Server, "own-changed");

        var page = await carrier.SendAsync("/me/consent", ("answer", "yes"), ("language", "en"), ("hash", new string('0', 64)));

        Assert.Contains("role=\"alert\"", page, StringComparison.Ordinal);
        Assert.Equal(0, await carrier.ScalarAsync($"SELECT count(*) FROM person_consent WHERE user_id = '{carrier.Id}'"));
    }

    [Fact]
    public async Task Given_positions_to_be_kept_longer_than_he_was_told_When_a_shift_is_to_begin_Then_he_reads_the_new_notice_first()
    {
        using var carrier = await Carrier.CreateAsync(Server, "own-longer");
        await carrier.AnswerAsync();
        using var changed = await Server.Operator.PutAsync(
            new Uri("/api/v1/settings?tenant=own-longer", UriKind.Relative),
            new StringContent("""{"retentionDays":90,"silenceAfterSeconds":600,"refoldWindowDays":7,"personRetentionDays":60}""", System.Text.Encoding.UTF8, "application/json"));
        changed.EnsureSuccessStatusCode();

        await Eventually.TrueAsync(
            async () => (await carrier.PageAsync("/me?lang=en")).Contains("after 60 days", StringComparison.Ordinal), TimeSpan.FromSeconds(15));
        var refused = await carrier.SendAsync("/me/shift?lang=en", ("on", "1"));
        Assert.Contains("What is done with your position has changed", refused, StringComparison.Ordinal);

        await carrier.AnswerAsync();
        await carrier.BeginShiftAsync();
        Assert.Contains("On shift", await carrier.PageAsync("/me?lang=en"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_no_When_said_Then_it_is_respected_and_not_asked_again_until_he_wants_to_read_it()
    {
        using var carrier = await Carrier.CreateAsync(Server, "own-no");
        await carrier.AnswerAsync("no");

        Assert.Contains("You said no", await carrier.PageAsync("/me?lang=en"), StringComparison.Ordinal);
        Assert.Contains("Your position at work", await carrier.PageAsync("/me?notice=1&lang=en"), StringComparison.Ordinal);
        await carrier.BeginShiftAsync();
        Assert.Equal(0, await carrier.ScalarAsync($"SELECT count(*) FROM person_shift WHERE user_id = '{carrier.Id}'"));
    }

    [Fact]
    public async Task Given_somebody_who_may_see_no_fleet_When_he_opens_the_start_Then_he_is_on_his_own_page()
    {
        using var carrier = await Carrier.CreateAsync(Server, "own-start");

        using var answer = await carrier.Browser.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal((HttpStatusCode.OK, "/me"), (answer.StatusCode, answer.RequestMessage?.RequestUri?.AbsolutePath));
    }

    [Fact]
    public async Task Given_a_shift_When_he_takes_back_his_yes_Then_it_ends_and_deletion_is_offered()
    {
        using var carrier = await Carrier.CreateAsync(Server, "own-back");
        await carrier.AnswerAsync();
        await carrier.BeginShiftAsync();
        (await carrier.PostAsync((Carrier.Now, -34.9))).Dispose();
        var own = await carrier.PageAsync($"/me/track/{carrier.Number}?format=csv");
        Assert.Contains("-34.9", own, StringComparison.Ordinal);
        Assert.DoesNotContain("/me/delete", await carrier.PageAsync("/me/data?lang=en"), StringComparison.Ordinal);
        Assert.Contains("Everything stops at once", await carrier.PageAsync("/me/withdraw?lang=en"), StringComparison.Ordinal);

        await carrier.WithdrawAsync();

        Assert.Equal(1, await carrier.ScalarAsync($"SELECT count(*) FROM person_shift WHERE user_id = '{carrier.Id}' AND ended_why = 'withdrawn'"));
        Assert.Contains("href=\"/me/delete\"", await carrier.PageAsync("/me/data?lang=en"), StringComparison.Ordinal);
        Assert.Contains("What stays:", await carrier.PageAsync("/me/delete?lang=en"), StringComparison.Ordinal);
        await carrier.SendAsync("/me/delete");
        Assert.Contains("is being deleted", await carrier.PageAsync("/me?lang=en"), StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => await carrier.CountAsync("fix") == 0, TimeSpan.FromSeconds(90));
        await Eventually.TrueAsync(
            async () => (await carrier.PageAsync("/me/data?lang=en")).Contains("Deleted:", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Given_a_device_that_was_disabled_When_he_reads_what_is_stored_Then_it_is_there_and_he_may_take_it_along()
    {
        using var carrier = await Carrier.CreateAsync(Server, "own-disabled");
        await carrier.AnswerAsync();
        await carrier.BeginShiftAsync();
        (await carrier.PostAsync((Carrier.Now, -34.9))).Dispose();
        using var disabled = await Server.Operator.PostAsJsonAsync(
            new Uri("/operator/devices/disable?tenant=own-disabled", UriKind.Relative), new { id = carrier.Device });
        Assert.True(disabled.IsSuccessStatusCode, await disabled.Content.ReadAsStringAsync());

        Assert.Contains($"href=\"/me/track/{carrier.Number}?format=gpx\"", await carrier.PageAsync("/me/data?lang=en"), StringComparison.Ordinal);
        Assert.Contains("-34.9", await carrier.PageAsync($"/me/track/{carrier.Number}?format=csv"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_other_people_When_they_ask_for_his_pages_and_track_Then_they_get_their_own_or_nothing()
    {
        using var carrier = await Carrier.CreateAsync(Server, "own-mine");
        using var other = await Carrier.CreateAsync(Server, "own-theirs");

        using var track = await other.Browser.GetAsync(new Uri($"/me/track/{carrier.Number}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, track.StatusCode);
        foreach (var path in new[] { "/me", "/me/looks", "/me/data", "/me/withdraw", "/me/delete" })
        {
            using var stranger = await Server.Visitor.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, stranger.StatusCode));
            using var program = await Server.Operator.GetAsync(new Uri(path, UriKind.Relative)); // the operator's credential is no person
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, program.StatusCode));
        }
        using var start = await carrier.Browser.GetAsync(new Uri("/", UriKind.Relative)); // a technician is led to his own page
        Assert.Equal("/me", start.RequestMessage?.RequestUri?.AbsolutePath);
    }

    [Fact]
    public async Task Given_a_form_without_our_token_When_sent_with_his_cookie_Then_his_shift_stays_as_it_is()
    {
        using var carrier = await Carrier.CreateAsync(Server, "own-csrf");
        await carrier.AnswerAsync();
        carrier.Browser.DefaultRequestHeaders.Remove(Hub.Identity.CookieRequests.HeaderName);

        using var answer = await carrier.Browser.PostAsync(
            new Uri("/me/shift", UriKind.Relative), new FormUrlEncodedContent([KeyValuePair.Create("on", "1")]));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(0, await carrier.ScalarAsync($"SELECT count(*) FROM person_shift WHERE user_id = '{carrier.Id}'"));
    }

    [Fact]
    public async Task Given_people_of_a_tenant_When_listed_Then_who_carries_agrees_and_works_for_its_admins_and_auditors_alone()
    {
        using var carrier = await Carrier.CreateAsync(Server, "own-list");
        using var idle = await Carrier.AddAsync(Server, "own-list", carrier.Tenant);
        using var foreign = await Carrier.CreateAsync(Server, "own-list-2");
        await carrier.AnswerAsync();
        await carrier.BeginShiftAsync();

        var people = (await carrier.Tenant.GetAsync("/api/v1/people")).GetProperty("people").EnumerateArray().ToArray();

        Assert.Equal([carrier.Device, idle.Device], people.Select(p => p.GetProperty("device").GetString()!));
        Assert.Equal([carrier.Name, idle.Name], people.Select(p => p.GetProperty("holder").GetString()!));
        Assert.Equal([true, false], people.Select(p => p.TryGetProperty("onShiftSince", out _) && p.TryGetProperty("consentFrom", out _)));
        Assert.Equal(
            [(idle.Device, 1), (foreign.Device, 0)], // another tenant's is not there
            await Task.WhenAll(new[] { idle, foreign }.Select(async c =>
                (c.Device, (await carrier.Tenant.GetAsync($"/api/v1/people?device={c.Device}")).GetProperty("people").EnumerateArray().Count(p => p.GetProperty("device").GetString() == c.Device)))));
        Assert.Equal(1, (await carrier.Tenant.GetAsync($"/api/v1/people?device={idle.Device}")).GetProperty("people").GetArrayLength());
        foreach (var (role, expected) in new[] { (UserRole.Auditor, HttpStatusCode.OK), (UserRole.Dispatcher, HttpStatusCode.Forbidden), (UserRole.Technician, HttpStatusCode.Forbidden) })
        {
            using var browser = await carrier.Tenant.SignedInAsync(role, $"own-list-as-{role}");
            using var answer = await browser.GetAsync(new Uri("/api/v1/people", UriKind.Relative));
            Assert.Equal((role, expected), (role, answer.StatusCode));
        }
        var list = await Server.RunAsync("people", "list", "--tenant", "own-list");
        Assert.Contains(idle.Name, list.Output, StringComparison.Ordinal);
    }
}
