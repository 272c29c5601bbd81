using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace FieldCrm.Demo;

/// <summary>How far the fleet has come: kept in DIR/demo/state.json.</summary>
/// <param name="HistoryFromUnixSeconds">The oldest moment that was or will be sent; set at the first start.</param>
/// <param name="LiveFromUnixSeconds">Before it lies history, sent late and shuffled.</param>
/// <param name="HistoryHoursDone">Hours of history acknowledged, counted from the newest.</param>
/// <param name="LiveThroughUnixSeconds">Everything live up to here was acknowledged, by every vehicle.</param>
public sealed record DemoState(
    long HistoryFromUnixSeconds, long LiveFromUnixSeconds, int HistoryHoursDone, long LiveThroughUnixSeconds)
{
    /// <summary>Hours of history that are sent at all.</summary>
    public const int HistoryHours = History.Hours;

    /// <summary>Null where no fleet has begun.</summary>
    public static DemoState? Read(string file) => DemoFile.Read(file, DemoJson.Default.DemoState);
}

/// <summary>What the sender itself counted, for whoever wants to compare it with what is stored.</summary>
/// <param name="Acknowledged">Positions answered with 200 since the first start.</param>
public sealed record DemoCounts(long Acknowledged, long Repeated, long Refused);

/// <summary>Small files that are read whole and replaced whole: a kill in between leaves what was there before.</summary>
internal static class DemoFile
{
    /// <summary>Null when it is missing or damaged: the fleet then begins anew, and what it repeats is absorbed.</summary>
    public static T? Read<T>(string file, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), type);
        }
        catch (Exception missing) when (missing is IOException or JsonException)
        {
            return null;
        }
    }

    public static void Write<T>(string file, T content, JsonTypeInfo<T> type)
    {
        File.WriteAllBytes(file + ".new", JsonSerializer.SerializeToUtf8Bytes(content, type));
        File.Move(file + ".new", file, overwrite: true);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DemoState))]
[JsonSerializable(typeof(DemoCounts))]
internal sealed partial class DemoJson : JsonSerializerContext;
