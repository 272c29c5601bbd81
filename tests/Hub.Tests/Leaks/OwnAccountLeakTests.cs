using System.Buffers.Text;
using System.Net;
using System.Text;
using FieldCrm.Core.Tenants;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>A person's own account: its forms act on whoever sends them, whatever they name.</summary>
[Collection(LeakCollection.Name)]
public sealed class OwnAccountLeakTests(LeakWorlds worlds)
{
    private TenantWorld Ours => worlds.Amber;

    private TenantWorld Theirs => worlds.Birch;

    public static TheoryData<string> Forms() =>
        ["passkeys/rename", "passkeys/remove", "link", "sign-out-everywhere", "password"];

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Given_a_form_of_ones_account_When_others_send_it_with_ones_things_Then_nothing_of_ones_changes(string form)
    {
        var (owner, own) = await Ours.PersonAsync(UserRole.Technician);
        var credential = Base64Url.EncodeToString(Encoding.UTF8.GetBytes("credential of " + owner.Name));
        await Ours.DecideAsync(new AddPasskey(owner.Id, new NewPasskey(credential, credential, "key", 0, "internal", true, true, true)));
        var (_, colleague) = await Ours.PersonAsync(UserRole.Admin);
        var (_, foreigner) = await Theirs.PersonAsync(UserRole.Admin);
        var search = new CanarySearch(Ours.Canaries.Concat(Ours.Secrets).Concat(Theirs.Secrets));
        using var http = Visitor();
        var before = await RowsOfAsync(owner);

        foreach (var caller in new[]
        {
            Caller.Anonymous, Ours.DisabledAdmin, Ours.Program(UserRole.Admin), Ours.Operator, own.WithoutAntiforgery(), own.WithAntiforgeryOf(colleague), colleague, foreigner,
            foreigner.Naming(Ours.Name),
        })
        {
            using var answer = await SendAsync(http, form, caller, credential, owner.Name);
            Assert.Empty((await Answer.ReadAsync(answer)).Find(search));
            Assert.Equal((caller.Name, ""), (caller.Name, string.Join('\n', TenantState.Difference(before, await RowsOfAsync(owner)))));
        }

        using var taken = await SendAsync(http, form, own, credential, owner.Name);
        Assert.True(taken.StatusCode is HttpStatusCode.SeeOther or HttpStatusCode.OK, $"{taken.StatusCode} {await taken.Content.ReadAsStringAsync()}");
        Assert.NotEmpty(TenantState.Difference(before, await RowsOfAsync(owner)));
    }

    [Theory]
    [InlineData("/session")]
    [InlineData("/account")]
    public async Task Given_each_role_When_its_own_account_is_shown_Then_it_is_its_own(string path)
    {
        using var http = Visitor();
        foreach (var (world, other) in new[] { (Ours, Theirs), (Theirs, Ours) })
        {
            var search = new CanarySearch(other.Canaries.Concat(Ours.Secrets).Concat(Theirs.Secrets));
            foreach (var role in UserRole.All)
            {
                foreach (var caller in new[] { world.Session(role), world.Session(role).Naming(other.Name), world.Program(role).Naming(other.Name) })
                {
                    var answer = await GetAsync(http, path, caller);
                    Assert.Equal((caller.Name, ""), (caller.Name, string.Join(", ", answer.Find(search))));
                    if (caller.Headers.Any(h => h.Name == "Cookie"))
                        Assert.Contains($"{world.Name}-{role}", answer.Text, StringComparison.Ordinal);
                }
            }
        }
        foreach (var caller in new[] { Caller.Anonymous, Ours.DisabledAdmin, Ours.RevokedProgram })
            Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(http, path, caller)).Status);
    }

    [Fact]
    public async Task Given_the_making_of_a_passkey_When_others_ask_Then_it_is_for_whoever_asks()
    {
        using var http = Visitor();
        var (owner, own) = await Ours.PersonAsync(UserRole.Technician);
        var (_, foreigner) = await Theirs.PersonAsync(UserRole.Technician);
        var before = await RowsOfAsync(owner);
        using var options = await SendAsync(http, "passkeys/options", own, "", "");
        Assert.Contains(owner.Name, await options.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var kept = string.Join("; ", options.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0]));

        // Another one's answer, with what was kept for the owner.
        var thief = foreigner with { Headers = [.. foreigner.Headers.Where(h => h.Name != "Cookie"), ("Cookie", $"{foreigner.Cookie}; {kept}")] };
        using var stolen = await SendAsync(http, "passkeys", thief, "", "");
        Assert.False(stolen.IsSuccessStatusCode);
        foreach (var caller in new[] { Caller.Anonymous, Ours.DisabledAdmin, Ours.Program(UserRole.Admin), own.WithoutAntiforgery() })
        {
            using var refused = await SendAsync(http, "passkeys/options", caller, "", "");
            Assert.False(refused.IsSuccessStatusCode, caller.Name);
            using var added = await SendAsync(http, "passkeys", caller, "", "");
            Assert.False(added.IsSuccessStatusCode, caller.Name);
        }
        Assert.Empty(TenantState.Difference(before, await RowsOfAsync(owner)));
    }

    private HttpClient Visitor()
    {
        var handler = LoopbackAddress.Handler();
        handler.UseCookies = false;
        return new HttpClient(handler) { BaseAddress = worlds.Server.Address };
    }

    /// <summary>What is stored of a person, and of nobody else.</summary>
    private async Task<IReadOnlySet<string>> RowsOfAsync(WorldUser user) =>
        (await TenantState.ReadAsync(worlds.Server, Ours.Id)).Where(row => row.Contains(user.Id.ToString("D"), StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);

    private static async Task<Answer> GetAsync(HttpClient http, string path, Caller caller)
    {
        using var request = Request(HttpMethod.Get, path, caller);
        using var response = await http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, string form, Caller caller, string credential, string name)
    {
        using var request = Request(HttpMethod.Post, $"/account/{form}", caller);
        request.Content = form is "passkeys" or "passkeys/options"
            ? new StringContent("""{"name":"key","credential":{}}""", Encoding.UTF8, "application/json")
            : new FormUrlEncodedContent([
                KeyValuePair.Create("credential", credential), KeyValuePair.Create("name", "another name"), KeyValuePair.Create("user", name),
                KeyValuePair.Create("password", "seven quiet otters"),
            ]);
        return await http.SendAsync(request);
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, Caller caller)
    {
        var request = new HttpRequestMessage(method, new Uri(caller.Query is null ? path : $"{path}?{caller.Query}", UriKind.Relative));
        foreach (var (header, value) in caller.Headers)
            request.Headers.TryAddWithoutValidation(header, value);
        return request;
    }
}
