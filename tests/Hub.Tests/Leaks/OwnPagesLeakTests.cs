using System.Globalization;
using System.Net;
using FieldCrm.Core.Tenants;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>A person's own pages show him and nobody else, and what they send is his own word and nobody else's.</summary>
[Collection(LeakCollection.Name)]
public sealed class OwnPagesLeakTests(LeakWorlds worlds)
{
    public static TheoryData<string> Pages() => ["", "/looks", "/data", "/withdraw", "/delete", "/track/{device}"];

    public static TheoryData<string> Forms() => ["consent", "shift", "withdraw", "delete"];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Given_each_role_When_ones_own_page_is_shown_Then_nobody_else_s_is_in_it(string page)
    {
        using var http = Visitor();
        foreach (var (world, other) in new[] { (worlds.Amber, worlds.Birch), (worlds.Birch, worlds.Amber) })
        {
            var path = "/me" + page.Replace("{device}", world.Walker.Number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            // Nor what is another's within the tenant: who looked at him and why, his device's name.
            var search = new CanarySearch(other.Canaries.Concat(world.Secrets).Concat(other.Secrets).Concat(
                world.Canaries.Where(c => !c.IsOfTheTenantItself && (c.What.Contains("walker", StringComparison.Ordinal)))));
            foreach (var role in UserRole.All)
            {
                foreach (var caller in new[] { world.Session(role), world.Session(role).Naming(other.Name), other.Session(role), world.Program(role) })
                {
                    using var answer = await SendAsync(http, HttpMethod.Get, path, caller);
                    Assert.Equal((caller.Name, ""), (caller.Name, string.Join(", ", (await Answer.ReadAsync(answer)).Find(search))));
                }
            }
        }
        foreach (var caller in new[] { Caller.Anonymous, worlds.Amber.DisabledAdmin, worlds.Amber.RevokedProgram })
        {
            using var answer = await SendAsync(http, HttpMethod.Get, "/me" + page.Replace("{device}", "1", StringComparison.Ordinal), caller);
            Assert.Equal((caller.Name, HttpStatusCode.Unauthorized), (caller.Name, answer.StatusCode));
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Given_a_form_of_ones_own_page_When_somebody_sends_it_who_is_not_on_that_page_Then_nothing_changes(string form)
    {
        using var http = Visitor();
        var (_, own) = await worlds.Amber.PersonAsync(UserRole.Technician);
        var (_, other) = await worlds.Amber.PersonAsync(UserRole.Technician);
        var before = await TenantState.ReadAsync(worlds.Server, worlds.Amber.Id);
        foreach (var caller in new[]
        {
            Caller.Anonymous, worlds.Amber.DisabledAdmin, worlds.Amber.Program(UserRole.Admin), worlds.Amber.RevokedProgram, worlds.Amber.Operator,
            own.WithoutAntiforgery(), own.WithAntiforgeryOf(other),
        })
        {
            using var answer = await SendAsync(http, HttpMethod.Post, $"/me/{form}", caller, [
                KeyValuePair.Create("answer", "yes"), KeyValuePair.Create("on", "1"), KeyValuePair.Create("user", worlds.Amber.Keeper.Name),
            ]);
            Assert.False(answer.IsSuccessStatusCode, $"{caller.Name}: {answer.StatusCode}");
        }
        Assert.Empty(TenantState.Difference(before, await TenantState.ReadAsync(worlds.Server, worlds.Amber.Id)));
    }

    private HttpClient Visitor()
    {
        var handler = LoopbackAddress.Handler();
        handler.UseCookies = false;
        handler.AllowAutoRedirect = false;
        return new HttpClient(handler) { BaseAddress = worlds.Server.Address };
    }

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient http, HttpMethod method, string path, Caller caller, KeyValuePair<string, string>[]? fields = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(caller.Query is null ? path : $"{path}?{caller.Query}", UriKind.Relative));
        foreach (var (header, value) in caller.Headers)
            request.Headers.TryAddWithoutValidation(header, value);
        if (fields is not null)
            request.Content = new FormUrlEncodedContent(fields);
        return await http.SendAsync(request);
    }
}
