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

    /// <summary>The reader asked for less motion.</summary>
    [JSImport("isStill", Page)]
    public static partial bool IsStill();

    /// <param name="pressed">One of our keys: /, j, k, f, n, p, r, ?, Escape; palette; the replay's (ReplayKeys) while one is open.</param>
    [JSImport("onKeys", Page)]
    public static partial void OnKeys([JSMarshalAs<JSType.Function<JSType.String>>] Action<string> pressed);

    [JSImport("focus", Page)]
    public static partial void Focus(string id);

    [JSImport("reveal", Page)]
    public static partial void Reveal(string id);

    [JSImport("print", Page)]
    public static partial void Print();

    /// <summary>Names this console among the windows of a browser, for as long as its tab lives.</summary>
    [JSImport("windowId", Page)]
    public static partial string WindowId();

    /// <param name="told">What another window of the same console says; empty is a question.</param>
    [JSImport("join", Page)]
    public static partial JSObject Join(string console, [JSMarshalAs<JSType.Function<JSType.String>>] Action<string> told);

    [JSImport("tellWindows", Page)]
    public static partial void TellWindows(JSObject channel, string text);

    [JSImport("leaveWindows", Page)]
    public static partial void LeaveWindows(JSObject channel);

    /// <param name="changed">Another window chose language, theme or measures.</param>
    [JSImport("onStored", Page)]
    public static partial void OnStored([JSMarshalAs<JSType.Function>] Action changed);

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

    [JSImport("isSoundReady", Page)]
    public static partial bool IsSoundReady();

    /// <summary>Browsers play nothing before the page was touched; told once, when it was.</summary>
    [JSImport("onSoundReady", Page)]
    public static partial void OnSoundReady([JSMarshalAs<JSType.Function>] Action ready);

    /// <param name="name">urgent or notice.</param>
    [JSImport("playSound", Page)]
    public static partial void PlaySound(string name);
}
