using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Versioning;
using System.Text.Json;
using System.Text.Json.Serialization;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Map;

namespace FieldCrm.Dispatch.Shell;

/// <summary>What a console and the maps that were popped out of it agree on.</summary>
/// <param name="Matches">Numbers of the units that the search finds; null without one.</param>
/// <param name="Track">The selected unit's day.</param>
public sealed record SharedState(long? Selected, FleetFilter Filter, long[]? Matches, Track? Track);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SharedState))]
internal sealed partial class SharedJson : JsonSerializerContext;

/// <summary>
/// The other windows of one console in the same browser. Whoever changes something tells it to all others; a new one asks first. Nothing
/// leaves the browser, and what was said before is kept by nobody.
/// </summary>
[SupportedOSPlatform("browser")]
public sealed class WindowLink : IDisposable
{
    private readonly JSObject _channel;

    public WindowLink(string console) => _channel = PageInterop.Join(console, Hear);

    /// <summary>A new window asks what holds.</summary>
    public event Action? Asked;

    public event Action<SharedState>? Told;

    public void Ask() => PageInterop.TellWindows(_channel, "");

    public void Tell(SharedState state) => PageInterop.TellWindows(_channel, JsonSerializer.Serialize(state, SharedJson.Default.SharedState));

    public void Dispose()
    {
        PageInterop.LeaveWindows(_channel);
        _channel.Dispose();
    }

    private void Hear(string text)
    {
        if (text.Length == 0)
        {
            Asked?.Invoke();
            return;
        }
        try
        {
            if (JsonSerializer.Deserialize(text, SharedJson.Default.SharedState) is { } state)
                Told?.Invoke(state);
        }
        catch (JsonException)
        {
            // a window of another build: it goes its own way
        }
    }
}
