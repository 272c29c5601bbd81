using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Ledger;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Feed;
using FieldCrm.Silo.Ledger;
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
    // A conflict means that another activation or another tenant was faster: what it wrote decides the next attempt.
    private const int MaxAttempts = 4;

    private TenantState? _state;
    private StreamHead _head;

    private TenantId Id => new(checked((int)this.GetPrimaryKeyLong()));

    public async Task<TenantState?> GetStateAsync() => await LoadedAsync();

    public async Task<TenantOutcome> DecideAsync(TenantCommand command, Actor by)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await LoadedAsync() is not { } state)
                return TenantOutcome.Refused("tenant.unknown", "There is no such tenant.");
            var now = UtcMicros.From(time.GetUtcNow());
            var facts = await reader.FactsAsync(Id, command);
            var outcome = Signed(TenantDecider.Decide(state, facts, command, now), by);
            if (outcome.Refusal is not null || outcome.Events.IsEmpty)
            {
                if (outcome.Refusal is null)
                    Tell(command, facts, outcome.Events);
                return outcome;
            }
            if (await TryCommitAsync(state, outcome.Events, now, isLastAttempt: attempt == MaxAttempts))
            {
                Tell(command, facts, outcome.Events);
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
        if (await LoadedAsync() is not { } state)
            return ForgetOutcome.Done;
        var (ranges, isMore) = await payloads.BeforeAsync(StreamName.Of(Id), Id, new UtcMicros(beforeMicros));
        if (ranges.IsEmpty)
            return ForgetOutcome.Done;
        var now = UtcMicros.From(time.GetUtcNow());
        var unit = PayloadEraser.Unit(_head, Id, StreamName.Of(Id), ranges, PositionPayloads.Reason, now);
        _state = null;
        await lanes.CommitAsync(Id.Value, unit);
        _head = unit.Events[^1].Head;
        _state = state;
        feed.Raise(Id);
        return isMore ? ForgetOutcome.More : ForgetOutcome.Done;
    }

    /// <summary>False on a conflict. Whatever else goes wrong drops the state too, since nobody knows it any more.</summary>
    private async Task<bool> TryCommitAsync(
        TenantState state, ImmutableArray<TenantEvent> events, UtcMicros now, bool isLastAttempt)
    {
        var entries = Entries(events, now);
        var unit = new CommitUnit { Tenant = Id, Events = entries, Statements = TenantStatements.Of(Id, events, now) };
        _state = null;
        try
        {
            await lanes.CommitAsync(Id.Value, unit);
        }
        catch (CommitConflictException) when (!isLastAttempt)
        {
            return false;
        }
        _head = entries.IsEmpty ? _head : entries[^1].Head;
        if (!entries.IsEmpty)
            feed.Raise(Id);
        _state = events.Aggregate(state, (before, happened) => before.Apply(happened));
        return true;
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

    private ImmutableArray<EventEntry> Entries(ImmutableArray<TenantEvent> events, UtcMicros now)
    {
        var entries = ImmutableArray.CreateBuilder<EventEntry>(events.Length);
        var stream = StreamName.Of(Id);
        var head = _head;
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

    private async Task<TenantState?> LoadedAsync()
    {
        if (_state is not null)
            return _state;
        await lanes.CommitAsync(Id.Value, CommitUnit.Barrier(Id)); // our last commit may still be under way
        if (await reader.LoadAsync(Id) is var (state, head))
            (_state, _head) = (state, head);
        return _state;
    }

    [LoggerMessage(2001, LogLevel.Information, "Tenant {TenantId}: {Command} met a conflict (attempt {Attempt}) and is decided again")]
    private partial void LogConflict(int tenantId, string command, int attempt);
}
