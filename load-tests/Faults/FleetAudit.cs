using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tests.Devices;
using FieldCrm.LoadTests.Fleet;

namespace FieldCrm.LoadTests.Faults;

/// <summary>
/// Whether what is stored of a fleet at rest is what its stored fixes come to, exactly: states, events, marks and
/// checkpoints by the oracle of the fold's own tests, and every message of the outbox by its id.
/// </summary>
/// <param name="States">
/// Each device's state after all its fixes, as hexadecimal, without the hash at the end, which is seeded with the
/// device: two fleets with the same fixes have the same.
/// </param>
/// <param name="Findings">What is not as it must be.</param>
/// <param name="Messages">Outbox messages compared.</param>
internal sealed record FleetAudit(IReadOnlyList<string> States, IReadOnlyList<string> Findings, int Messages)
{
    private const int DeviceHashBytes = sizeof(ulong);
    private const int Delivered = 1;

    public static async Task<FleetAudit> OfAsync(FleetRows rows, IReadOnlyList<FleetDevice> fleet, CancellationToken cancellationToken)
    {
        var fixes = await rows.FixesAsync(cancellationToken);
        var events = await rows.EventsAsync(cancellationToken);
        var snapshots = await rows.SnapshotsAsync(cancellationToken);
        var checkpoints = await rows.CheckpointsAsync(cancellationToken);
        var entries = await rows.AlarmEntriesAsync(cancellationToken);
        var outbox = await rows.OutboxAsync(cancellationToken);
        var alarms = await rows.AlarmsAsync(cancellationToken);
        var taken = await rows.TenantEntriesAsync(cancellationToken);
        var states = new List<string>();
        var findings = new List<string>();
        for (var place = 0; place < fleet.Count; place++)
        {
            var device = new DeviceId(fleet[place].Id);
            var audit = new DeviceAudit(place, findings);
            states.Add(audit.Fold(device, fixes[place], events[place], snapshots[place], checkpoints[place]));
            audit.Alarms(events[place], entries[place], outbox[place], alarms[place], taken[place]);
        }
        return new FleetAudit(states, findings, outbox.Sum(device => device.Count));
    }

    private sealed class DeviceAudit(int place, List<string> findings)
    {
        public string Fold(
            DeviceId device, List<(Fix Fix, FixMark Mark)> stored, List<NetEvent> events,
            List<(FixKey Last, byte[] State)> snapshots, List<(FixKey Last, byte[] State)> checkpoints)
        {
            var evaluated = stored.Where(static row => row.Mark != FixMark.BeyondWindow).Select(static row => row.Fix).ToArray();
            var oracle = new NaiveOracle(device, evaluated);
            Same("event", oracle.Events, events);
            Same("mark", oracle.MarkedFixes.Select(static mark => (mark.Key, mark.Value)),
                stored.Where(static row => row.Mark is not (FixMark.None or FixMark.BeyondWindow)).Select(static row => (row.Fix.Key, row.Mark)));
            if (snapshots.Count != (evaluated.Length == 0 ? 0 : 1))
                Find($"{snapshots.Count} snapshots");
            foreach (var (last, state) in snapshots)
                SameState("snapshot", device, evaluated, last, state);
            foreach (var (last, state) in checkpoints)
                SameState("checkpoint", device, evaluated, last, state);
            return Convert.ToHexString(oracle.State.AsSpan(..^DeviceHashBytes));
        }

        // Every change of an alarm in the device's stream is one message, delivered, and nothing else is one; the tenant
        // has taken the newest of each exactly once, and none twice.
        public void Alarms(
            List<NetEvent> events, List<AlarmEntry> entries, List<OutboxRow> outbox, List<AlarmEntry> alarms, List<AlarmEntry> taken)
        {
            var raised = entries.Where(static entry => !entry.IsWithdrawn).Select(static entry => entry.Alarm).ToHashSet();
            var effects = entries.Where(entry => raised.Contains(entry.Alarm)).ToArray(); // the rest withdraws other events
            Same("outbox message", effects.Select(static entry => new OutboxRow(MessageId(entry), Delivered, entry)), outbox);
            var newest = effects.GroupBy(static entry => entry.Alarm).Select(static of => of.MaxBy(static entry => entry.SourceVersion)).ToArray();
            Same("alarm", newest, alarms);
            Same("standing alarm", events.Where(static happened => happened.Kind == NetEventKind.AlarmRaised).Select(static happened => happened.Id),
                alarms.Where(static alarm => !alarm.IsWithdrawn).Select(static alarm => alarm.Alarm));
            foreach (var twice in taken.CountBy(static entry => entry).Where(static counted => counted.Value > 1))
                Find($"taken {twice.Value} times by the tenant: {twice.Key}");
            foreach (var missing in newest.Except(taken))
                Find($"never taken by the tenant: {missing}");
        }

        private void SameState(string what, DeviceId device, Fix[] evaluated, FixKey last, byte[] state)
        {
            var upTo = evaluated.Where(fix => fix.Key <= last).ToArray();
            if (!upTo.Any(fix => fix.Key == last))
                Find($"{what} through {last}, which is no stored fix");
            else if (!state.AsSpan().SequenceEqual(new NaiveOracle(device, upTo).State))
                Find($"{what} through {last} is not what the stored fixes come to");
        }

        // As often on one side as on the other.
        private void Same<T>(string what, IEnumerable<T> expected, IEnumerable<T> actual)
            where T : notnull
        {
            var balance = expected.CountBy(static item => item).ToDictionary();
            foreach (var item in actual)
                balance[item] = balance.GetValueOrDefault(item) - 1;
            foreach (var (item, count) in balance.Where(static item => item.Value != 0))
                Find($"{(count > 0 ? "missing" : "too many")}: {what} {item}");
        }

        private void Find(string what) => findings.Add(string.Create(CultureInfo.InvariantCulture, $"device {place}: {what}"));

        // As the product makes it: XXH128 of the alarm's id and the version, both big-endian, as a version 8 UUID.
        private static Guid MessageId(AlarmEntry entry)
        {
            var source = new byte[24];
            entry.Alarm.TryWriteBytes(source, bigEndian: true, out _);
            BinaryPrimitives.WriteInt64BigEndian(source.AsSpan(16), entry.SourceVersion);
            var id = XxHash128.Hash(source);
            id[6] = (byte)((id[6] & 0x0F) | 0x80);
            id[8] = (byte)((id[8] & 0x3F) | 0x80);
            return new Guid(id, bigEndian: true);
        }
    }
}
