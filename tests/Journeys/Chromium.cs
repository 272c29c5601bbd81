using FieldCrm.TestKit;
using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>One server and one browser for all journeys; each journey has a tenant and a window of its own.</summary>
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>A cold map takes a while on a busy machine without a GPU.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static readonly string[] Flags =
    [
        "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    ];

    private IPlaywright? _playwright;
    private InProcessServer? _server;
    private IBrowser? _browser;

    public InProcessServer Server => _server ?? throw new InvalidOperationException("Not started.");

    public IBrowser Browser => _browser ?? throw new InvalidOperationException("Not started.");

    public async Task InitializeAsync()
    {
        Assert.True(
            File.Exists(Path.Combine(Repository.WebRoot, "dispatch", "index.html")), $"Run tools/web.sh {Path.GetDirectoryName(Repository.WebRoot)} first, or ./test.");
        Environment.SetEnvironmentVariable("Console__Root", Repository.WebRoot);
        _server = await InProcessServer.StartAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await LaunchAsync();
    }

    public Task<IBrowser> LaunchAsync(params string[] more)
    {
        var playwright = _playwright ?? throw new InvalidOperationException("Not started.");
        return playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium", Headless = true, Args = [.. Flags, .. more], Timeout = (float)Patience.TotalMilliseconds,
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class ChromiumCollection : ICollectionFixture<Chromium>
{
    public const string Name = "chromium";
}
