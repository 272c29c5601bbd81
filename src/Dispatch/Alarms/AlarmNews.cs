using System.Text.Json;
using FieldCrm.Core.Live;
using FieldCrm.Dispatch.Fleet;

namespace FieldCrm.Dispatch.Alarms;

/// <summary>What an event of the feed is to somebody who watches alarms.</summary>
/// <param name="Kind">Of an alarm that was raised just now: the word of the list; null where there is nothing to tell.</param>
/// <param name="IsOfList">The list of alarms is another than before.</param>
public sealed record AlarmNews(bool IsOfList, string? Kind)
{
    // Older ones are history that came late, not news; but who may be hurt is looked for, however late his phone found a network.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FreshIfUrgent = TimeSpan.FromHours(24);

    private const string Tenants = "tenant/";

    /// <summary>
    /// The device's own stream says the same a moment earlier, when the list does not have it yet: what counts is the tenant's.
    /// </summary>
    public static AlarmNews Of(LiveEvent happened, DateTimeOffset now)
    {
        if (!happened.Stream.StartsWith(Tenants, StringComparison.Ordinal)
            || happened.Type is not ("AlarmRaised" or "AlarmCorrected" or "AlarmWithdrawn" or "AlarmAcknowledged"))
            return new AlarmNews(false, null);
        var kind = KindOf(happened.Payload);
        var isNew = happened.Type == "AlarmRaised" && now - happened.RecordedAt < Fresh
            && now - StartedAt(happened.Payload) < (Codes.IsUrgent(kind) ? FreshIfUrgent : Fresh);
        return new AlarmNews(true, isNew ? kind : null);
    }

    private static string KindOf(JsonElement? payload) =>
        Report(payload) is { } report && report.TryGetProperty("kind", out var kind) && kind.TryGetByte(out var number)
            ? Core.Tracks.TrackText.Name((Core.Devices.AlarmKind)number) ?? "other" : "other";

    private static DateTimeOffset StartedAt(JsonElement? payload) =>
        Report(payload) is { } report && report.TryGetProperty("startedAt", out var at) && at.TryGetInt64(out var micros)
            ? new Core.UtcMicros(micros).ToDateTimeOffset() : DateTimeOffset.MinValue;

    private static JsonElement? Report(JsonElement? payload) =>
        payload is { ValueKind: JsonValueKind.Object } given && given.TryGetProperty("report", out var report) ? report : null;
}
