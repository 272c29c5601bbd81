using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FieldCrm.Journeys;

/// <summary>
/// Somebody else's maps on a port of their own: raster tiles, pictures of the ground, a style document with vector tiles, vector tiles in
/// the schema of our base map. Each tile is of one colour all over, so that a screenshot shows whose it is.
/// </summary>
internal sealed class TileServer : IAsyncDisposable
{
    public static readonly (byte R, byte G, byte B) Magenta = (0xE0, 0x20, 0xC0);
    public static readonly (byte R, byte G, byte B) Orange = (0xF0, 0x80, 0x10);
    public static readonly (byte R, byte G, byte B) Teal = (0x00, 0xA0, 0xA0);

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _asked = new();

    private TileServer(WebApplication app) => _app = app;

    public string Origin { get; private set; } = "";

    /// <summary>Everything is answered 500.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Paths in the order in which they were asked for.</summary>
    public IReadOnlyCollection<string> Asked => _asked;

    public static async Task<TileServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new TileServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Origin = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        _asked.Enqueue(http.Request.Path);
        http.Response.Headers.AccessControlAllowOrigin = "*";
        http.Response.Headers.CacheControl = "no-store";
        if (IsBroken)
        {
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }
        var (type, body) = http.Request.Path.Value?.Split('/') switch
        {
            [_, "raster", ..] => ("image/png", Png.Solid(256, Magenta)),
            [_, "aerial", ..] => ("image/png", Png.Solid(256, Orange)),
            [_, "style.json"] => ("application/json", Style()),
            [_, "vector", ..] => ("application/x-protobuf", VectorTile("all", null)),
            [_, "plan", ..] => ("application/x-protobuf", VectorTile("green", ("class", "park"))),
            _ => ("", []),
        };
        if (type.Length == 0)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        http.Response.ContentType = type;
        await http.Response.Body.WriteAsync(body);
    }

    // Its tiles' address is relative, as many documents have it.
    private static byte[] Style() => """
        { "version": 8, "name": "Teal",
          "sources": { "shapes": { "type": "vector", "tiles": ["vector/{z}/{x}/{y}.pbf"], "maxzoom": 14, "attribution": "© Shapes" } },
          "layers": [
            { "id": "paper", "type": "background", "paint": { "background-color": "#ffffff" } },
            { "id": "all", "type": "fill", "source": "shapes", "source-layer": "all", "paint": { "fill-color": "#00a0a0", "fill-antialias": false } } ] }
        """u8.ToArray();

    /// <summary>One polygon over the whole tile (Mapbox Vector Tile 2.1).</summary>
    private static byte[] VectorTile(string layer, (string Key, string Value)? tag)
    {
        byte[] corners = [9, 0, 0, 26, 0x80, 0x40, 0, 0, 0x80, 0x40, 0xFF, 0x3F, 0, 15]; // move, three lines, close
        byte[] feature = [.. tag is null ? Array.Empty<byte>() : Field(2, [0, 0]), 0x18, 3, .. Field(4, corners)];
        byte[] content =
        [
            .. Field(1, Text(layer)), .. Field(2, feature),
            .. tag is { } t ? [.. Field(3, Text(t.Key)), .. Field(4, Field(1, Text(t.Value)))] : Array.Empty<byte>(),
            0x28, 0x80, 0x20, 0x78, 2, // extent 4096, version 2
        ];
        return Field(3, content);
    }

    private static byte[] Field(int number, byte[] bytes) => bytes.Length < 128
        ? [(byte)(number << 3 | 2), (byte)bytes.Length, .. bytes] : throw new InvalidOperationException("One length byte is enough for these.");

    private static byte[] Text(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
