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

    private Screen(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
    }

    public IPage Page { get; }

    /// <summary>Errors in the log that a journey brings about itself, by a part of their text.</summary>
    public List<string> Expected { get; } = [];

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
        screen.Page.PageError += (_, error) => screen.Note($"exception: {error}");
        screen.Page.Console += (_, message) =>
        {
            if (message.Type == "error")
                screen.Note($"log: {message.Text} {message.Location}");
        };
        return screen;
    }

    public async Task PictureAsync(string name)
    {
        var folder = Path.Combine(Repository.Root, ".build", "journeys", "pictures");
        Directory.CreateDirectory(folder);
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png") });
    }

    /// <summary>axe-core's serious and critical findings, one a line.</summary>
    public async Task<string> AxeAsync()
    {
        // Put in by the test's own hand, past the page's policy; what axe does then is the page's business.
        await Page.EvaluateAsync(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "node_modules", "axe-core", "axe.min.js")));
        var found = await Page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
              .filter(v => v.impact === 'serious' || v.impact === 'critical')
              .flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.failureSummary}`))
            """);
        return string.Join('\n', found);
    }

    public void AssertClean()
    {
        lock (_wrong)
            Assert.Equal("", string.Join('\n', _wrong.Where(w => !Expected.Exists(e => w.Contains(e, StringComparison.Ordinal)))));
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Note(string wrong)
    {
        lock (_wrong)
            _wrong.Add(wrong);
    }
}
