using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Identity;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>Who asks: what he sends with every request, and how a failure names him.</summary>
/// <param name="Query">Appended to every address, such as <c>tenant=NAME</c>.</param>
internal sealed record Caller(string Name, (string Name, string Value)[] Headers, string? Query = null)
{
    public static readonly Caller Anonymous = new("nobody", []);

    public static Caller Program(string name, string token) => new(name, [("Authorization", $"Bearer {token}")]);

    /// <summary>The holder of the instance's credential, about one tenant.</summary>
    public static Caller Operator(InProcessServer server, string? tenant) => new(
        $"the operator for {tenant ?? "the default tenant"}", [("Authorization", server.Operator.DefaultRequestHeaders.Authorization!.ToString())],
        tenant is null ? null : "tenant=" + Uri.EscapeDataString(tenant));

    /// <summary>A browser, as <see cref="Api.TestTenant.SignedInAsync"/> signs one in.</summary>
    public static Caller Browser(string name, HttpClient signedIn) => new(
        name, [.. signedIn.DefaultRequestHeaders.Select(h => (h.Key, string.Join("; ", h.Value)))]);

    public Caller Naming(string tenant) => this with { Name = $"{Name}, naming the other tenant", Query = "tenant=" + Uri.EscapeDataString(tenant) };

    public Caller WithoutAntiforgery() => this with { Name = $"{Name}, without an antiforgery token", Headers = [.. Headers.Where(h => h.Name != CookieRequests.HeaderName)] };

    /// <summary>His session with the form's cookie and token of somebody else.</summary>
    public Caller WithAntiforgeryOf(Caller other)
    {
        var form = other.Cookie.Split("; ", 2)[1];
        return this with
        {
            Name = $"{Name}, with somebody else's antiforgery token",
            Headers = [("Cookie", $"{Cookie.Split("; ", 2)[0]}; {form}"), (CookieRequests.HeaderName, other.Headers.Single(h => h.Name == CookieRequests.HeaderName).Value)],
        };
    }

    public string Cookie => CookieOrNull ?? throw new InvalidOperationException($"{Name} has no session.");

    public string? CookieOrNull => Headers.SingleOrDefault(h => h.Name == "Cookie").Value;

    /// <summary>A session's cookie alone, as it stands behind the name and =.</summary>
    public string Session => Cookie.Split("; ", 2)[0].Split('=', 2)[1];

    public override string ToString() => Name;
}
