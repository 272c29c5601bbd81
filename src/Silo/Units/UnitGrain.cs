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
    private static readonly Failure Unknown = new("device.unknown", "There is no such device in this tenant.");

    private CommittedState<StoredUnit> Committed => field ??= new CommittedState<StoredUnit>(lanes, feed, Id.Value);

    private DeviceId Id => new(checked((int)this.GetPrimaryKeyLong()));

    public async Task<AvailabilityOutcome> DecideAsync(TenantId tenant, AvailabilityCommand command, Actor by)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await Committed.LoadedAsync(tenant, () => reader.LoadAsync(Id)) is not { } unit || unit.Tenant != tenant)
                return new AvailabilityOutcome(UnitAvailability.Unsaid, Unknown);
            var now = UtcMicros.From(time.GetUtcNow());
            var (refusal, happened) = AvailabilityDecider.Decide(unit.Availability, command, by);
            if (happened is null || await TryCommitAsync(unit, happened, now, attempt))
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

    private Task<bool> TryCommitAsync(StoredUnit unit, AvailabilitySet happened, UtcMicros now, int attempt)
    {
        var payload = JsonSerializer.Serialize(happened, AvailabilityJson.Default.AvailabilitySet);
        var entry = EventChain.Append(
            unit.Head, unit.Tenant, StreamName.OfUnit(Id), nameof(AvailabilitySet), payload, now,
            RandomNumberGenerator.GetBytes(EventChain.SaltBytes));
        return Committed.TryCommitAsync(
            new CommitUnit { Tenant = unit.Tenant, Events = [entry], Statements = [UnitStatements.Of(unit.Tenant, Id, happened, now)] },
            new StoredUnit(unit.Tenant, unit.Availability.Apply(happened, now), entry.Head), attempt);
    }

    [LoggerMessage(1401, LogLevel.Information, "Unit {DeviceId} met a conflict (attempt {Attempt}) and is decided again")]
    private partial void LogConflict(int deviceId, int attempt);
}
