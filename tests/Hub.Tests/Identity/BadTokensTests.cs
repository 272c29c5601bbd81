using System.Net;
using System.Net.Http.Json;
using System.Text;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;

namespace FieldCrm.Hub.Tests.Identity;

/// <summary>10,000 credentials that are none, over real connections: all refused, nothing thrown, nothing kept.</summary>
[Collection(ServerCollection.Name)]
public sealed class BadTokensTests(SharedServer shared)
{
    private const int Seed = 20_261_122;
    private const int Count = 10_000;
    private const int PerAddress = 50; // guesses are limited for each address; the limit is another test's matter

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_ten_thousand_bad_credentials_When_presented_Then_all_are_refused_nothing_is_thrown_and_memory_is_steady()
    {
        var tenant = await TestTenant.CreateAsync(Server, "bad-tokens");
        var device = await tenant.DeviceAsync("van");
        using var added = await Server.Operator.PostAsJsonAsync(
            "/api/v1/tokens?tenant=bad-tokens", new TokenToAdd("real", UserRole.Admin), AdministrationJson.Default.TokenToAdd);
        var real = (await added.Content.ReadFromJsonAsync(AdministrationJson.Default.TokenMade))!.Token;
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        using var link = await Server.Operator.PostAsync(new Uri("/api/v1/users/bad-tokens-admin/link?tenant=bad-tokens", UriKind.Relative), null);
        var linkText = new Uri((await link.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer))!.Url).Segments[^1];
        var material = new Material(real, device.Token, linkText, CookieName, SessionOf(admin), await ExpiredAsync(tenant));
        var errorsBefore = Server.Log.Count(IsError);
        await PresentAsync(material, 1_000, Seed + 1); // what is built once is built
        var before = Memory();

        var accepted = await PresentAsync(material, Count, Seed);

        var after = Memory();
        Assert.True(accepted.Count == 0, $"seed {Seed}: {string.Join('\n', accepted.Take(10))}");
        Assert.Equal(errorsBefore, Server.Log.Count(IsError));
        Assert.DoesNotContain(Server.Log, line => line.Contains("was not authenticated", StringComparison.Ordinal)); // not a line for each
        Assert.True(after - before < 16 * 1024 * 1024, $"{before:N0} B before, {after:N0} B after");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/devices");
        request.Headers.Authorization = new("Bearer", real);
        using var still = await Server.Visitor.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode); // and the real one works
    }

    [Fact]
    public async Task Given_one_address_that_guesses_When_it_goes_on_Then_it_is_told_to_wait_and_others_are_not()
    {
        using var guesser = new HttpClient(LoopbackAddress.Handler()) { BaseAddress = Server.Address };
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 80; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/devices");
            request.Headers.Authorization = new("Bearer", ApiToken.Create());
            using var answer = await guesser.SendAsync(request);
            statuses.Add(answer.StatusCode);
        }
        Assert.Equal(HttpStatusCode.Unauthorized, statuses[0]);
        Assert.Equal(HttpStatusCode.TooManyRequests, statuses[^1]);
        using var other = new HttpClient(LoopbackAddress.Handler()) { BaseAddress = Server.Address };
        using var first = new HttpRequestMessage(HttpMethod.Get, "/api/v1/devices");
        first.Headers.Authorization = new("Bearer", ApiToken.Create());
        using var unaffected = await other.SendAsync(first);
        Assert.Equal(HttpStatusCode.Unauthorized, unaffected.StatusCode);
    }

    private async Task<List<string>> PresentAsync(Material material, int count, int seed)
    {
        var random = new Random(seed);
        var accepted = new List<string>();
        for (var sent = 0; sent < count; sent += PerAddress)
        {
            using var visitor = new HttpClient(NoCookies()) { BaseAddress = Server.Address };
            for (var i = 0; i < PerAddress; i++)
            {
                var (what, request) = material.Next(random);
                using (request)
                using (var answer = await visitor.SendAsync(request))
                {
                    var isRefused = answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.TooManyRequests;
                    if (!isRefused)
                        accepted.Add($"{what}: {answer.StatusCode}");
                }
            }
        }
        return accepted;
    }

    private static SocketsHttpHandler NoCookies()
    {
        var handler = LoopbackAddress.Handler();
        handler.UseCookies = false;
        return handler;
    }

    private string CookieName => Server.Get<IOptionsMonitor<CookieAuthenticationOptions>>().Get(SessionCookie.SchemeName).Cookie.Name!;

    private static string SessionOf(HttpClient browser) =>
        browser.DefaultRequestHeaders.GetValues("Cookie").Single().Split(';')[0].Split('=', 2)[1];

    /// <summary>A session that was ours and is too old.</summary>
    private async Task<string> ExpiredAsync(TestTenant tenant)
    {
        var user = (await Server.Get<TenantAdministration>().FindUserAsync(tenant.Id, "bad-tokens-admin", CancellationToken.None))!;
        var ticket = new AuthenticationTicket(
            SessionCookie.Principal(user.UserId, tenant.Id, user.Role, user.SessionStamp),
            new AuthenticationProperties { IssuedUtc = TimeProvider.System.GetUtcNow().AddDays(-2), ExpiresUtc = TimeProvider.System.GetUtcNow().AddSeconds(-1) },
            SessionCookie.SchemeName);
        return Server.Get<IOptionsMonitor<CookieAuthenticationOptions>>().Get(SessionCookie.SchemeName).TicketDataFormat.Protect(ticket);
    }

    private static bool IsError(string line) => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal);

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>Real credentials, and what becomes of them in the wrong hands.</summary>
    private sealed record Material(string ApiToken, string DeviceToken, string Link, string CookieName, string Session, string Expired)
    {
        private const string Printable = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.~+/=";

        public (string What, HttpRequestMessage Request) Next(Random random) => random.Next(10) switch
        {
            0 => Bearer("garbage", Text(random, random.Next(0, 300))),
            1 => Bearer("well-formed", "fct_" + Text(random, 32, "0123456789abcdefghjkmnpqrstvwxyz")),
            2 => Bearer("damaged token", Damaged(ApiToken, random)),
            3 => Bearer("swapped", random.Next(3) switch { 0 => DeviceToken, 1 => Link, _ => Session }),
            4 => Bearer("alg none", Jwt(random)),
            5 => Cookie("damaged session", Damaged(Session, random)),
            6 => Cookie("swapped into the cookie", random.Next(4) switch { 0 => ApiToken, 1 => Link, 2 => DeviceToken, _ => Jwt(random) }),
            7 => Cookie("expired session", Expired),
            8 => Device(Damaged(DeviceToken, random)),
            _ => Device(random.Next(3) switch { 0 => ApiToken, 1 => Link, _ => Text(random, random.Next(1, 100), "0123456789abcdefghjkmnpqrstvwxyz") }),
        };

        private static (string, HttpRequestMessage) Bearer(string what, string token)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/devices");
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
            return (what, request);
        }

        private (string, HttpRequestMessage) Cookie(string what, string value)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/devices");
            request.Headers.TryAddWithoutValidation("Cookie", $"{CookieName}={value}");
            return (what, request);
        }

        private static (string, HttpRequestMessage) Device(string token) =>
            ("device", new HttpRequestMessage(HttpMethod.Get, $"/osmand/{Uri.EscapeDataString(token)}?lat=1&lon=2&timestamp=1790000000"));

        /// <summary>One character is another one, is missing, or is there twice; or the end is.</summary>
        private static string Damaged(string text, Random random)
        {
            var at = random.Next(text.Length);
            return random.Next(4) switch
            {
                0 => text[..at] + (text[at] == 'b' ? 'c' : 'b') + text[(at + 1)..],
                1 => text.Remove(at, 1),
                2 => text.Insert(at, "b"),
                _ => text[..at],
            };
        }

        private static string Jwt(Random random) => string.Join('.',
            Base64("""{"alg":"none","typ":"JWT"}"""), Base64($$"""{"sub":"{{random.Next()}}","role":"admin","tenant":"1","exp":4102444800}"""), random.Next(2) == 0 ? "" : Text(random, 43));

        private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=');

        private static string Text(Random random, int length, string alphabet = Printable) =>
            string.Create(length, (random, alphabet), static (text, from) =>
            {
                foreach (ref var letter in text)
                    letter = from.alphabet[from.random.Next(from.alphabet.Length)];
            });
    }
}
