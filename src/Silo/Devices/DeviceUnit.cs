using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.DueTimes;

namespace FieldCrm.Silo.Devices;

/// <summary>Turns a device's decision into what a lane commits. Pure but for the salts of the ledger.</summary>
internal static class DeviceUnit
{
    /// <summary>Kind of the due time at which silence is noticed.</summary>
    public const string SilenceDue = "device.silence";

    public static (CommitUnit Unit, StreamHead Head) Of(
        ReportDecision decision, TenantId tenant, StreamHead head, UtcMicros receivedAt, SqlStatement? snapshot)
    {
        var device = decision.Next.Fold.Device;
        var ledger = new DeviceLedger(device, tenant, head, receivedAt);
        foreach (var noticed in decision.Presence)
            ledger.Note(noticed);
        foreach (var happened in decision.Events)
            ledger.Set(happened);

        var statements = ImmutableArray.CreateBuilder<SqlStatement>();
        if (!decision.Events.IsEmpty)
            statements.Add(DeviceStatements.SetEvents(device, tenant, decision.Events));
        AddMarks(statements, device, tenant, decision.Marks);
        if (!decision.Checkpoints.IsEmpty)
            statements.Add(DeviceStatements.Checkpoints(device, tenant, decision.Checkpoints));
        if (decision.ArmDueAt is { } dueAt)
            statements.Add(DueSql.Set(SilenceDue, device.Value, tenant, dueAt));
        if (snapshot is not null)
            statements.Add(snapshot);
        var unit = new CommitUnit
        {
            Tenant = tenant,
            Fixes = new DeviceFixes(device, receivedAt, decision.Forward, decision.Late, decision.BeyondWindow),
            Events = ledger.Entries,
            Outbox = ledger.Outbox,
            Statements = statements.ToImmutable(),
            HasSnapshot = snapshot is not null,
        };
        return (unit, ledger.Head);
    }

    public static (CommitUnit Unit, StreamHead Head) Of(
        AdoptDecision decision, RefoldResult refold, TenantId tenant, StreamHead head, UtcMicros now, long generation,
        IReadOnlyCollection<NetEvent> recorded, SqlStatement snapshot)
    {
        var device = refold.Device;
        var statements = ImmutableArray.CreateBuilder<SqlStatement>();
        var ledger = Correct(statements, device, tenant, head, now, decision.Withdrawn, decision.Set, decision.Marks, recorded);
        statements.Add(DeviceStatements.DropCheckpointsAfter(device, refold.FromKey, decision.IsStartStale));
        if (!decision.Checkpoints.IsEmpty)
            statements.Add(DeviceStatements.Checkpoints(device, tenant, decision.Checkpoints));
        statements.Add(DeviceStatements.AnswerMark(device, generation));
        statements.Add(snapshot);
        var unit = new CommitUnit
        {
            Tenant = tenant, Events = ledger.Entries, Outbox = ledger.Outbox, Statements = statements.ToImmutable(),
            HasSnapshot = true,
        };
        return (unit, ledger.Head);
    }

    public static (CommitUnit Unit, StreamHead Head) Of(
        SliceDecision decision, RefoldResult slice, TenantId tenant, StreamHead head, UtcMicros now, long generation,
        IReadOnlyCollection<NetEvent> recorded)
    {
        var device = slice.Device;
        var statements = ImmutableArray.CreateBuilder<SqlStatement>();
        var ledger = Correct(statements, device, tenant, head, now, decision.Withdrawn, decision.Set, decision.Marks, recorded);
        statements.Add(DeviceStatements.DropCheckpointsBetween(device, slice.FromKey, slice.ThroughKey, decision.IsStartStale));
        statements.Add(DeviceStatements.Checkpoints(device, tenant, decision.Checkpoints));
        statements.Add(DeviceStatements.MoveMark(device, slice.ThroughKey.Next, generation));
        var unit = new CommitUnit
        {
            Tenant = tenant, Events = ledger.Entries, Outbox = ledger.Outbox, Statements = statements.ToImmutable(),
        };
        return (unit, ledger.Head);
    }

    public static (CommitUnit Unit, StreamHead Head) Of(
        DueDecision decision, TenantId tenant, StreamHead head, UtcMicros now, SqlStatement? snapshot)
    {
        var device = decision.Next.Fold.Device;
        var ledger = new DeviceLedger(device, tenant, head, now);
        var statements = ImmutableArray.CreateBuilder<SqlStatement>();
        if (decision.SignalLost is { } lost)
            ledger.Note(lost);
        statements.Add(decision.ReArmAt is { } at
            ? DueSql.MoveTo(SilenceDue, device.Value, tenant, at) : DueSql.Clear(SilenceDue, device.Value));
        if (snapshot is not null)
            statements.Add(snapshot);
        return (new CommitUnit { Tenant = tenant, Events = ledger.Entries, Statements = statements.ToImmutable() }, ledger.Head);
    }

    private static DeviceLedger Correct(
        ImmutableArray<SqlStatement>.Builder statements, DeviceId device, TenantId tenant, StreamHead head, UtcMicros now,
        ImmutableArray<Guid> withdrawn, ImmutableArray<NetEvent> set, ImmutableArray<MarkChange> marks,
        IReadOnlyCollection<NetEvent> recorded)
    {
        var ledger = new DeviceLedger(device, tenant, head, now);
        var recordedById = recorded.ToDictionary(static e => e.Id);
        foreach (var id in withdrawn)
            ledger.Withdraw(id, recordedById.GetValueOrDefault(id));
        foreach (var happened in set)
            ledger.Set(happened);
        if (!withdrawn.IsEmpty)
            statements.Add(DeviceStatements.WithdrawEvents(device, withdrawn));
        if (!set.IsEmpty)
            statements.Add(DeviceStatements.SetEvents(device, tenant, set));
        AddMarks(statements, device, tenant, marks);
        return ledger;
    }

    private static void AddMarks(
        ImmutableArray<SqlStatement>.Builder statements, DeviceId device, TenantId tenant, ImmutableArray<MarkChange> marks)
    {
        if (marks.IsEmpty)
            return;
        var set = marks.RemoveAll(m => m.Mark == FixMark.None);
        var cleared = marks.RemoveAll(m => m.Mark != FixMark.None);
        if (!set.IsEmpty)
            statements.Add(DeviceStatements.SetMarks(device, tenant, set));
        if (!cleared.IsEmpty)
            statements.Add(DeviceStatements.ClearMarks(device, cleared));
    }
}
