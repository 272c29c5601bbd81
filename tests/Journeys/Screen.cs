using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>
/// A page in a real Chromium that remembers everything that went wrong on it: violations of the Content-Security-Policy, exceptions,
/// errors in its log. <see cref="AssertClean"/> fails on any of them.
/// </summary>
internal sealed class Screen : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _wrong = [];
    private readonly List<string> _findings = [];

    private Screen(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
    }

    public IPage Page { get; }

    /// <summary>Errors in the log that a journey brings about itself, by a part of their text.</summary>
    public List<string> Expected { get; } = [];

    public static Task<Screen> OpenAsync(Chromium chromium, Variant variant) =>
        OpenAsync(chromium.Browser, chromium.Server.Address, variant.Context);

    public static async Task<Screen> OpenAsync(IBrowser browser, Uri address, BrowserNewContextOptions? options = null)
    {
        options ??= new BrowserNewContextOptions();
        options.BaseURL = address.ToString();
        options.Locale ??= "en-GB";
        options.ViewportSize ??= new ViewportSize { Width = 1440, Height = 900 };
        var context = await browser.NewContextAsync(options);
        context.SetDefaultTimeout((float)Chromium.Patience.TotalMilliseconds);
        await context.AddInitScriptAsync(
            "addEventListener('securitypolicyviolation', e => console.error(`CSP ${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`))");
        var screen = new Screen(context, await context.NewPageAsync());
        screen.Watch(screen.Page);
        return screen;
    }

    /// <summary>Another window of the same browser session, watched as the first one.</summary>
    public async Task<IPage> AddWindowAsync(Func<Task> opens)
    {
        var window = await _context.RunAndWaitForPageAsync(opens);
        Watch(window);
        return window;
    }

    public async Task PictureAsync(string name, IPage? page = null)
    {
        var folder = Path.Combine(Repository.Root, ".build", "journeys", "pictures");
        Directory.CreateDirectory(folder);
        await (page ?? Page).ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png") });
    }

    /// <summary>Keeps a picture of this state, and what axe finds serious in it for <see cref="AssertClean"/>.</summary>
    public async Task LookAsync(string state, IPage? page = null)
    {
        await PictureAsync(state, page);
        _findings.AddRange((await AxeAsync(page ?? Page)).Select(f => $"{state}: {f}"));
    }

    /// <summary>axe-core's serious and critical findings, one a line.</summary>
    public async Task<string> AxeAsync() => string.Join('\n', await AxeAsync(Page));

    public void AssertClean()
    {
        lock (_wrong)
        {
            string[] wrong = [.. _findings, .. _wrong.Where(w => !Expected.Exists(e => w.Contains(e, StringComparison.Ordinal)))];
            Assert.True(wrong.Length == 0, string.Join('\n', wrong));
        }
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private static async Task<string[]> AxeAsync(IPage page)
    {
        // Put in by the test's own hand, past the page's policy; what axe does then is the page's business.
        await page.EvaluateAsync(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "node_modules", "axe-core", "axe.min.js")));
        return await page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
              .filter(v => v.impact === 'serious' || v.impact === 'critical')
              .flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.failureSummary}`))
            """);
    }

    private void Watch(IPage page)
    {
        page.PageError += (_, error) => Note($"exception: {error}");
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                Note($"log: {message.Text} {message.Location}");
        };
    }

    private void Note(string wrong)
    {
        lock (_wrong)
            _wrong.Add(wrong);
    }
}
