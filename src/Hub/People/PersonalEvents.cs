using System.Collections.Frozen;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Feed;

namespace FieldCrm.Hub.People;

/// <summary>
/// What of a person's unit is told without a reason where everything that happens is told: that something happened, never
/// where. An alarm of the shift that goes on is whole, since an emergency is a dispatcher's work.
/// </summary>
internal static class PersonalEvents
{
    private const string DeviceStreams = "device/";

    /// <summary>The payload as it may be told; null where it is withheld or was erased.</summary>
    public static string? PayloadFor(FrozenDictionary<int, PersonalUnit> people, FeedEvent happened)
    {
        if (happened.Payload is not { } payload || people.Count == 0)
            return happened.Payload;
        if (happened.Stream.StartsWith(DeviceStreams, StringComparison.Ordinal))
        {
            return int.TryParse(happened.Stream.AsSpan(DeviceStreams.Length), out var device) && people.ContainsKey(device)
                && !Tells(people, device, happened.Type == nameof(NetEventKind.AlarmRaised), TimeOf(payload, "startMicros")) ? null : payload;
        }
        return happened.Type is nameof(AlarmRaised) or nameof(AlarmCorrected) or nameof(AlarmWithdrawn)
            && DeviceOf(payload) is { } alarmed && !Tells(people, alarmed, isAlarm: true, TimeOf(payload, "report", "startedAt")) ? null : payload;
    }

    /// <summary>Whether where it happened may be told.</summary>
    /// <param name="at">When it happened, which is not when it was told: a late alarm belongs to the shift that it was raised on.</param>
    public static bool Tells(FrozenDictionary<int, PersonalUnit> people, int device, bool isAlarm, UtcMicros? at) =>
        !people.TryGetValue(device, out var person) || (isAlarm && person.OnShiftSince is { } since && at >= since);

    private static UtcMicros? TimeOf(string payload, params ReadOnlySpan<string> path)
    {
        using var json = JsonDocument.Parse(payload);
        var at = json.RootElement;
        foreach (var member in path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(member, out at))
                return null;
        }
        return at.ValueKind == JsonValueKind.Number && at.TryGetInt64(out var micros) ? new UtcMicros(micros) : null;
    }

    private static int? DeviceOf(string payload)
    {
        using var json = JsonDocument.Parse(payload);
        return json.RootElement.TryGetProperty("report", out var report) && report.TryGetProperty("device", out var device)
            && device.TryGetInt32(out var number) ? number : null;
    }
}
