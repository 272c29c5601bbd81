using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>What would come out of the printer.</summary>
internal sealed record Paper(string Heading, string[] Names, string[] Rows)
{
    /// <summary>A headless browser has no dialog to wait for; that one was asked for is counted.</summary>
    public const string Script = "globalThis.printed = 0; globalThis.print = () => { globalThis.printed++; };";

    public static async Task<Paper> PrintAsync(Screen screen, string picture = "printed")
    {
        var page = screen.Page;
        var before = await page.EvaluateAsync<int>("() => globalThis.printed");
        await page.GetByRole(AriaRole.Button, new() { Name = "Menu" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Print the units" }).ClickAsync();
        await page.WaitForFunctionAsync("n => globalThis.printed > n", before);
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        await screen.PictureAsync(picture);
        var rows = page.Locator(".print-sheet tbody tr");
        var paper = new Paper(
            await page.Locator(".print-sheet p").InnerTextAsync(), [.. await rows.Locator("td:first-child").AllInnerTextsAsync()],
            [.. await rows.AllInnerTextsAsync()]);
        await page.EmulateMediaAsync(new() { Media = Media.Screen });
        return paper;
    }
}
