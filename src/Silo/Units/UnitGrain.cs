using System.Security.Cryptography;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Ledger;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Feed;
using FieldCrm.Silo.Positions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FieldCrm.Silo.Units;

/// <summary>Loads, asks the <see cref="AvailabilityDecider"/>, commits, applies, shows it in the live picture.</summary>
internal sealed partial class UnitGrain(
    UnitReader reader, ICommitLanes lanes, LastPositions positions, FeedSignal feed,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<UnitGrain> logger)
    : Grain, IUnitGrain
{
    // A conflict means that another activation was faster: what it wrote decides the next attempt.
    private const int MaxAttempts = 4;

    private static readonly Failure Unknown = new("device.unknown", "There is no such device in this tenant.");

    private StoredUnit? _stored;

    private DeviceId Id => new(checked((int)this.GetPrimaryKeyLong()));

    public async Task<AvailabilityOutcome> DecideAsync(TenantId tenant, AvailabilityCommand command, Actor by)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await LoadedAsync(tenant) is not { } unit || unit.Tenant != tenant)
                return new AvailabilityOutcome(UnitAvailability.Unsaid, Unknown);
            var now = UtcMicros.From(time.GetUtcNow());
            var (refusal, happened) = AvailabilityDecider.Decide(unit.Availability, command, by);
            if (happened is null || await TryCommitAsync(unit, happened, now, isLastAttempt: attempt == MaxAttempts))
            {
                var known = happened is null ? unit.Availability : unit.Availability.Apply(happened, now);
                // Also where nothing was left to do: a commit whose outcome nobody knew may have been the one.
                if (known.Version > 0)
                    positions.SetAvailability(tenant, Id, known.Status);
                return new AvailabilityOutcome(known, refusal);
            }
            LogConflict(Id.Value, attempt);
        }
    }

    private async Task<StoredUnit?> LoadedAsync(TenantId tenant)
    {
        if (_stored is not null)
            return _stored;
        await lanes.CommitAsync(Id.Value, CommitUnit.Barrier(tenant)); // our last commit may still be under way
        return _stored = await reader.LoadAsync(Id);
    }

    /// <summary>False on a conflict. Whatever else goes wrong drops the state too, since nobody knows it any more.</summary>
    private async Task<bool> TryCommitAsync(StoredUnit unit, AvailabilitySet happened, UtcMicros now, bool isLastAttempt)
    {
        var payload = JsonSerializer.Serialize(happened, AvailabilityJson.Default.AvailabilitySet);
        var entry = EventChain.Append(
            unit.Head, unit.Tenant, StreamName.OfUnit(Id), nameof(AvailabilitySet), payload, now,
            RandomNumberGenerator.GetBytes(EventChain.SaltBytes));
        _stored = null;
        try
        {
            var outcome = await lanes.CommitAsync(Id.Value, new CommitUnit
            {
                Tenant = unit.Tenant, Events = [entry], Statements = [UnitStatements.Of(unit.Tenant, Id, happened, now)],
            });
            if (outcome != CommitOutcome.Committed)
                throw new InvalidOperationException("The database refuses what the rules allow of a unit's availability.");
        }
        catch (CommitConflictException) when (!isLastAttempt)
        {
            return false;
        }
        feed.Raise(unit.Tenant);
        _stored = new StoredUnit(unit.Tenant, unit.Availability.Apply(happened, now), entry.Head);
        return true;
    }

    [LoggerMessage(1401, LogLevel.Information, "Unit {DeviceId} met a conflict (attempt {Attempt}) and is decided again")]
    private partial void LogConflict(int deviceId, int attempt);
}
