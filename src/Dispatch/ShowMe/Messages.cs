using System.Text.Json.Serialization;

namespace FieldCrm.Dispatch.ShowMe;

/// <summary>What <c>/dispatch/show-me</c> begins with, on an instance that demonstrates.</summary>
/// <param name="HistoryHours">Of the day before the first start; all of it has come in at <see cref="AllHours"/>.</param>
/// <param name="ProcessId">Of the server that answers: another one after the plug was pulled.</param>
public sealed record ShowMeStart(
    bool IsDriving, int HistoryHours, bool CanPullPlug, int ProcessId, double ServerUnixMs, bool IsPhoneReachable, IReadOnlyList<string> Addresses)
{
    public const int AllHours = 24;
}

public sealed record PlugPulled(double AtUnixMs, int ProcessId);

/// <summary>What the sender was told, compared fix by fix with what is stored.</summary>
/// <param name="AcknowledgedSince">After the plug was pulled.</param>
/// <param name="Unanswered">Sent again later.</param>
public sealed record SenderCount(int Acknowledged, int Stored, int Lost, int AcknowledgedSince, int Unanswered, long? OutageMs);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ShowMeStart))]
[JsonSerializable(typeof(PlugPulled))]
[JsonSerializable(typeof(SenderCount))]
internal sealed partial class ShowMeJson : JsonSerializerContext;
