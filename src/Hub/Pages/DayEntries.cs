using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Silo.Storage.Model;

namespace FieldCrm.Hub.Pages;

/// <summary>Turns a device's net events into the lines of a day: what overlaps it, in order of beginning.</summary>
internal static class DayEntries
{
    /// <param name="rows">The device's events around the day: what began before it and how it went on after it.</param>
    public static IReadOnlyList<DayEntry> Of(IReadOnlyList<DeviceEventRow> rows, UtcMicros dayStart, UtcMicros dayEnd, UtcMicros now)
    {
        var ended = Payloads(rows, NetEventKind.TripEnded, NetEventJsonContext.Default.TripEndedPayload);
        var started = Payloads(rows, NetEventKind.TripStarted, NetEventJsonContext.Default.TripStartedPayload);
        var stopped = Payloads(rows, NetEventKind.Stopped, NetEventJsonContext.Default.RestPayload);
        var alarms = Payloads(rows, NetEventKind.AlarmRaised, NetEventJsonContext.Default.AlarmRaisedPayload);
        var endedStarts = ended.Select(t => t.StartedAtMicros).ToHashSet();
        IEnumerable<DayEntry> entries =
        [
            .. ended.Select(Trip),
            .. started.Where(t => !endedStarts.Contains(t.StartedAtMicros)).Select(UnderWay),
            .. stopped.Select(s => Stop(s, started)),
            .. alarms.Select(Alarm),
        ];
        return [.. entries.Where(e => Overlaps(e, dayStart, dayEnd, now)).OrderBy(e => e.From.Value).ThenBy(e => e.Kind)];
    }

    private static DayEntry Trip(TripEndedPayload trip) => new(
        DayEntryKind.Trip, new UtcMicros(trip.StartedAtMicros), new UtcMicros(trip.EndedAtMicros),
        new GeoPoint(trip.StartLatitudeE7, trip.StartLongitudeE7), trip.DistanceMm, trip.EndedBy);

    private static DayEntry UnderWay(TripStartedPayload trip) => new(
        DayEntryKind.Trip, new UtcMicros(trip.StartedAtMicros), null, new GeoPoint(trip.LatitudeE7, trip.LongitudeE7));

    // A stop ends where the next trip sets off.
    private static DayEntry Stop(RestPayload stop, List<TripStartedPayload> trips)
    {
        var next = trips.Where(t => t.StartedAtMicros > stop.SinceMicros).Select(t => (long?)t.StartedAtMicros).Min();
        return new DayEntry(
            DayEntryKind.Stop, new UtcMicros(stop.SinceMicros), next is { } at ? new UtcMicros(at) : null,
            new GeoPoint(stop.LatitudeE7, stop.LongitudeE7));
    }

    private static DayEntry Alarm(AlarmRaisedPayload alarm)
    {
        var at = new UtcMicros(alarm.RaisedAtMicros);
        return new DayEntry(
            DayEntryKind.Alarm, at, at, new GeoPoint(alarm.LatitudeE7, alarm.LongitudeE7),
            Alarm: alarm.Alarm, PositionMarked: alarm.PositionMarked);
    }

    private static bool Overlaps(DayEntry entry, UtcMicros dayStart, UtcMicros dayEnd, UtcMicros now) =>
        entry.From < dayEnd && (entry.To ?? now) >= dayStart;

    private static List<T> Payloads<T>(
        IReadOnlyList<DeviceEventRow> rows, NetEventKind kind, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        [.. rows.Where(r => r.Kind == (short)kind).Select(r => JsonSerializer.Deserialize(r.Payload, type)).OfType<T>()];
}
