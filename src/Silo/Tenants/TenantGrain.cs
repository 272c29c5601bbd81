using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Ledger;
using FieldCrm.Core.People;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Feed;
using FieldCrm.Silo.Ledger;
using FieldCrm.Silo.People;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Retention;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FieldCrm.Silo.Tenants;

/// <summary>Loads, asks the <see cref="TenantDecider"/>, commits, applies.</summary>
internal sealed partial class TenantGrain(
    TenantReader reader, PositionPayloads payloads, ICommitLanes lanes, LastPositions positions, FeedSignal feed,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<TenantGrain> logger)
    : Grain, ITenantGrain
{
    private TenantId Id => new(checked((int)this.GetPrimaryKeyLong()));

    private CommittedState<StoredTenant> Committed => field ??= new CommittedState<StoredTenant>(lanes, feed, Id.Value);

    public async Task<TenantState?> GetStateAsync() => (await LoadedAsync())?.State;

    public async Task<TenantOutcome> DecideAsync(TenantCommand command, Actor by)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await LoadedAsync() is not { } stored)
                return TenantOutcome.Refused("tenant.unknown", "There is no such tenant.");
            var now = UtcMicros.From(time.GetUtcNow());
            var facts = await reader.FactsAsync(Id, command);
            var outcome = Signed(TenantDecider.Decide(stored.State, facts, command, now), by);
            if (outcome.Refusal is not null || outcome.Events.IsEmpty)
            {
                if (outcome.Refusal is null)
                    Tell(command, facts, outcome.Events);
                return outcome;
            }
            if (await TryCommitAsync(stored, outcome.Events, now, attempt))
            {
                Tell(command, facts, outcome.Events);
                await EndShiftsAsync(outcome.Events, now, by);
                return outcome;
            }
            LogConflict(Id.Value, command.GetType().Name, attempt);
        }
    }

    public async Task SettleAlarmsAsync()
    {
        var marked = positions.WithOpenAlarm(Id);
        if (marked.Count == 0)
            return;
        var open = await reader.WithOpenAlarmAsync(Id);
        foreach (var device in marked.Where(d => !open.Contains(d)))
            positions.SetOpenAlarm(Id, device, isOpen: false);
    }

    public async Task<ForgetOutcome> ForgetAsync(long beforeMicros)
    {
        if (await LoadedAsync() is not { } stored)
            return ForgetOutcome.Done;
        var (ranges, isMore) = await payloads.BeforeAsync(StreamName.Of(Id), Id, new UtcMicros(beforeMicros));
        if (ranges.IsEmpty)
            return ForgetOutcome.Done;
        var now = UtcMicros.From(time.GetUtcNow());
        var unit = PayloadEraser.Unit(stored.Head, Id, StreamName.Of(Id), ranges, PositionPayloads.Reason, now);
        if (!await Committed.TryCommitAsync(unit, stored with { Head = unit.Events[^1].Head }, attempt: 1))
            return ForgetOutcome.More;
        return isMore ? ForgetOutcome.More : ForgetOutcome.Done;
    }

    private Task<bool> TryCommitAsync(StoredTenant stored, ImmutableArray<TenantEvent> events, UtcMicros now, int attempt)
    {
        var entries = Entries(stored.Head, events, now);
        var state = events.Aggregate(stored.State, (before, happened) => before.Apply(happened));
        return Committed.TryCommitAsync(
            new CommitUnit { Tenant = Id, Events = entries, Statements = TenantStatements.Of(Id, events, now) },
            new StoredTenant(state, entries.IsEmpty ? stored.Head : entries[^1].Head), attempt);
    }

    private static TenantOutcome Signed(TenantOutcome outcome, Actor by) =>
        outcome with { Events = [.. outcome.Events.Select(happened => happened with { By = by })] };

    // Also where nothing was left to do: a commit whose outcome nobody knew may have been the one.
    private void Tell(TenantCommand command, TenantFacts facts, ImmutableArray<TenantEvent> events)
    {
        if (command is DisableDevice disable)
            positions.SetDisabled(Id, disable.Device, isDisabled: true);
        else if (command is EnableDevice enable)
            positions.SetDisabled(Id, enable.Device, isDisabled: false);
        else if (command is ChangeDevice or RegisterDevices or AdmitDevice)
            TellKinds(facts, events);
        else if (command is ReportAlarm or AcknowledgeAlarm)
            TellAlarm(command, facts, events);
    }

    // The tenant waits for it: what takes longer, ShiftWorker ends.
    private static readonly TimeSpan ShiftPatience = TimeSpan.FromSeconds(2);

    // Whoever may not sign in cannot end it himself. Where it cannot be ended just now it counts no more, and ShiftWorker ends it.
    private async Task EndShiftsAsync(ImmutableArray<TenantEvent> events, UtcMicros now, Actor by)
    {
        foreach (var user in events.Select(e => e is UserDisabled disabled ? disabled.UserId : e is ExternalAccessLost lost ? lost.UserId : (Guid?)null))
        {
            if (user is not { } person)
                continue;
            try
            {
                await GrainFactory.GetGrain<IPersonGrain>(person).DecideAsync(new EndShiftOfDisabled(now), by).WaitAsync(ShiftPatience);
            }
            catch (Exception e) when (e is Npgsql.NpgsqlException or TimeoutException or CommitUnavailableException or CommitOutcomeUnknownException
                or CommitConflictException or Orleans.Runtime.OrleansException)
            {
                LogShiftGoesOn(person, e.GetType().Name);
            }
        }
    }

    private void TellAlarm(TenantCommand command, TenantFacts facts, ImmutableArray<TenantEvent> events)
    {
        var before = facts.Alarm ?? (command is ReportAlarm report ? new KnownAlarm(0, IsWithdrawn: true, report.Device) : null);
        if (before is null)
            return;
        var isOpen = events.Aggregate(before, (alarm, happened) => alarm.Apply(happened)).IsOpen;
        positions.SetOpenAlarm(Id, before.Device, isOpen || facts.HasOtherOpenAlarms);
    }

    private void TellKinds(TenantFacts facts, ImmutableArray<TenantEvent> events)
    {
        foreach (var device in facts.Devices)
            positions.SetKind(Id, device.Id, device.Kind);
        foreach (var happened in events)
        {
            if (happened is DeviceDescribed described)
                positions.SetKind(Id, described.Device, described.Kind);
            else if (happened is DeviceRegistered { Kind: not UnitKind.Vehicle } registered) // what was never heard of is a vehicle
                positions.SetKind(Id, registered.Device, registered.Kind);
        }
    }

    private ImmutableArray<EventEntry> Entries(StreamHead head, ImmutableArray<TenantEvent> events, UtcMicros now)
    {
        var entries = ImmutableArray.CreateBuilder<EventEntry>(events.Length);
        var stream = StreamName.Of(Id);
        foreach (var happened in events)
        {
            if (!happened.IsLedgered)
                continue;
            var type = happened.GetType();
            var payload = JsonSerializer.Serialize(happened, type, TenantJson.Default);
            var entry = EventChain.Append(
                head, Id, stream, type.Name, payload, now, RandomNumberGenerator.GetBytes(EventChain.SaltBytes));
            entries.Add(entry with { PositionAt = happened.PositionAt });
            head = entry.Head;
        }
        return entries.DrainToImmutable();
    }

    private Task<StoredTenant?> LoadedAsync() => Committed.LoadedAsync(Id, () => reader.LoadAsync(Id));

    [LoggerMessage(2001, LogLevel.Information, "Tenant {TenantId}: {Command} met a conflict (attempt {Attempt}) and is decided again")]
    private partial void LogConflict(int tenantId, string command, int attempt);

    [LoggerMessage(2614, LogLevel.Warning, "Person {UserId} was disabled and the shift could not be ended at once ({Exception}); it is tried again")]
    private partial void LogShiftGoesOn(Guid userId, string exception);
}
