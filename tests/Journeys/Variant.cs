using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>A screen that people sit at, or hold.</summary>
public sealed record Variant(string Name, int Width, int Height, ColorScheme Scheme, bool IsPhone)
{
    private static readonly Variant[] All =
    [
        new("desk-light", 1440, 900, ColorScheme.Light, IsPhone: false),
        new("desk-dark", 1440, 900, ColorScheme.Dark, IsPhone: false),
        new("phone-light", 390, 844, ColorScheme.Light, IsPhone: true),
        new("phone-dark", 390, 844, ColorScheme.Dark, IsPhone: true),
    ];

    public static TheoryData<string> Names => [.. All.Select(v => v.Name)];

    public static Variant Of(string name) => All.Single(v => v.Name == name);

    public BrowserNewContextOptions Context => new()
    {
        ViewportSize = new ViewportSize { Width = Width, Height = Height }, ColorScheme = Scheme, HasTouch = IsPhone, IsMobile = IsPhone,
    };
}
