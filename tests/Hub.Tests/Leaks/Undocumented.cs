namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>Routes that stand in no document, and why; and those without a probe, and why nothing can leak from them.</summary>
internal static class Undocumented
{
    /// <summary>By how their addresses begin.</summary>
    private static readonly (string Beginning, string Reason)[] Reasons =
    [
        ("/operator/", "the command line's own, ours to change with it"),
        ("/sign-in", "pages and their script: how somebody gets a session"),
        ("/sign-out", "a page's button"),
        ("/session", "the pages' own question of who is signed in"),
        ("/account", "pages of a person's own account, and their script"),
        ("/devices", "pages"),
        ("/me", "pages of a person's own positions"),
        ("/dispatch/show-me", "what a demonstration's console shows newcomers; elsewhere none of it exists"),
        ("/dispatch/", "the console's files and its settings"),
        ("/ca", "a page: how a phone or a browser learns to trust this instance, and the root that it must trust"),
        ("/basemap/", "the base map's tiles"),
        ("/assets/", "the pages' style, script and icon"),
        ("/health/", "for supervisors, which read no document"),
        ("/openapi/", "the document itself"),
    ];

    /// <summary>Exactly these.</summary>
    private static readonly Dictionary<string, string> Exact = new(StringComparer.Ordinal) { ["GET /"] = "a page" };

    /// <summary>By how their operations begin.</summary>
    private static readonly (string Beginning, string Reason)[] NothingToLeak =
    [
        ("GET /assets/", "files of the build, the same for everybody"),
        ("GET /basemap/", "files of the build, the same for everybody"),
        ("GET /ca", "the instance's own certificate, for who cannot sign in before he has it; nothing of any tenant"),
        ("GET /dispatch/{path}", "files of the build, the same for everybody"),
        ("GET /health/", "says ready or a code, to anybody"),
        ("GET /openapi/", "what this product can do, the same for everybody (ApiDescriptionTests: signed in)"),
        ("GET /sign-in", "forms, the same for everybody"),
        ("POST /sign-in", "how somebody becomes known: PasswordTests, PasskeyBrowserTests, SignInTests, ProviderTests"),
        ("POST /sign-out", "ends the session that it comes with (CookieRequestsTests)"),
        ("GET /account", "OwnAccountLeakTests"),
    ];

    public static string? ReasonOf(string operation) =>
        Exact.GetValueOrDefault(operation) ?? Reasons.FirstOrDefault(r => Route(operation).StartsWith(r.Beginning, StringComparison.Ordinal)).Reason;

    public static string? ReasonForNoProbe(string operation) =>
        NothingToLeak.FirstOrDefault(r => operation.StartsWith(r.Beginning, StringComparison.Ordinal)).Reason;

    /// <summary>Explanations that explain nothing any more.</summary>
    public static IEnumerable<string> Stale(IReadOnlyCollection<string> undocumented) =>
    [
        .. Reasons.Where(r => !undocumented.Any(o => Route(o).StartsWith(r.Beginning, StringComparison.Ordinal))).Select(r => r.Beginning),
        .. Exact.Keys.Where(o => !undocumented.Contains(o)),
        .. NothingToLeak.Where(r => !undocumented.Any(o => o.StartsWith(r.Beginning, StringComparison.Ordinal))).Select(r => r.Beginning),
    ];

    private static string Route(string operation) => operation[(operation.IndexOf(' ', StringComparison.Ordinal) + 1)..];
}
