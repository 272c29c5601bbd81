using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Versioning;

namespace FieldCrm.Dispatch.Shell;

/// <summary>What the console needs of the browser: wwwroot/page.js on the other side.</summary>
[SupportedOSPlatform("browser")]
public static partial class PageInterop
{
    private const string Page = "page";

    public static Task LoadAsync() => JSHost.ImportAsync(Page, "../page.js");

    [JSImport("stored", Page)]
    public static partial string? Stored(string name);

    [JSImport("store", Page)]
    public static partial void Store(string name, string? value);

    [JSImport("locale", Page)]
    public static partial string Locale();

    [JSImport("isDark", Page)]
    public static partial bool IsDark();

    [JSImport("onThemeChange", Page)]
    public static partial void OnThemeChange([JSMarshalAs<JSType.Function<JSType.Boolean>>] Action<bool> changed);

    [JSImport("dress", Page)]
    public static partial void Dress(string theme, string language);

    /// <param name="pressed">One of our keys: /, j, k, f, n, p, ?, Escape; or palette.</param>
    [JSImport("onKeys", Page)]
    public static partial void OnKeys([JSMarshalAs<JSType.Function<JSType.String>>] Action<string> pressed);

    [JSImport("focus", Page)]
    public static partial void Focus(string id);

    [JSImport("reveal", Page)]
    public static partial void Reveal(string id);

    [JSImport("print", Page)]
    public static partial void Print();

    [JSImport("openWindow", Page)]
    public static partial void OpenWindow(string url);

    /// <summary>False where the browser does not let it be copied.</summary>
    [JSImport("copy", Page)]
    [return: JSMarshalAs<JSType.Promise<JSType.Boolean>>]
    public static partial Task<bool> CopyAsync(string text);

    /// <summary>What this tab alone remembers.</summary>
    [JSImport("kept", Page)]
    public static partial string? Kept(string name);

    [JSImport("keep", Page)]
    public static partial void Keep(string name, string? value);

    [JSImport("showModal", Page)]
    public static partial void ShowModal(string id);

    [JSImport("closeModal", Page)]
    public static partial void CloseModal(string id);

    [JSImport("download", Page)]
    public static partial void Download(string name, string text, string type);

    [JSImport("postForm", Page)]
    public static partial void PostForm(string url, string field, string value);

    [JSImport("fractionAt", Page)]
    public static partial double FractionAt(string id, double clientX);
}
