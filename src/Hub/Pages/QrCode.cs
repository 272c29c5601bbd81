using QRCoder;

namespace FieldCrm.Hub.Pages;

/// <summary>An address as a picture for a camera: SVG for pages, half blocks for terminals.</summary>
internal static class QrCode
{
    // Dark on white whatever the page's colours: many cameras read nothing else.
    public static string Svg(string address)
    {
        using var data = Data(address);
        return new SvgQRCode(data).GetGraphic(new System.Drawing.Size(240, 240), "#000000", "#ffffff", sizingMode: SvgQRCode.SizingMode.ViewBoxAttribute);
    }

    /// <summary>Two rows a line; light on dark terminals, where the quiet zone must be drawn too.</summary>
    public static IEnumerable<string> Lines(string address)
    {
        using var data = Data(address);
        var modules = data.ModuleMatrix;
        for (var y = 0; y < modules.Count; y += 2)
        {
            yield return string.Create(modules.Count, (modules, y), static (line, at) =>
            {
                for (var x = 0; x < line.Length; x++)
                {
                    var upper = !at.modules[at.y][x];
                    var lower = at.y + 1 >= at.modules.Count || !at.modules[at.y + 1][x];
                    line[x] = (upper, lower) switch { (true, true) => '█', (true, false) => '▀', (false, true) => '▄', _ => ' ' };
                }
            });
        }
    }

    private static QRCodeData Data(string address) => QRCodeGenerator.GenerateQrCode(address, QRCodeGenerator.ECCLevel.M);
}
