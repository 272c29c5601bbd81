using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo;
using FieldCrm.Silo.Tenants;

namespace FieldCrm.Hub.Ingest;

/// <summary>
/// Devices that report and are not registered: counted here, told to their tenant about once a second. What a crash
/// forgets the device repeats, as nothing of it was acknowledged.
/// </summary>
internal sealed partial class UnregisteredDevices(
    IGrainFactory grains, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<UnregisteredDevices> logger)
    : BackgroundService
{
    /// <summary>Different devices between two tellings; further ones are noted when they ask again.</summary>
    private const int MaxWaiting = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Dictionary<(TenantId Tenant, string ClaimedId), UnregisteredSighting> _sightings = [];

    public void Note(TenantId tenant, string claimedId, string protocol, UtcMicros seenAt)
    {
        lock (_gate)
        {
            var key = (tenant, claimedId);
            if (_sightings.TryGetValue(key, out var before))
                _sightings[key] = before with { LastSeenAt = seenAt, RequestCount = before.RequestCount + 1 };
            else if (_sightings.Count < MaxWaiting)
                _sightings[key] = new UnregisteredSighting(claimedId, protocol, seenAt, seenAt, RequestCount: 1);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TellAsync();
        }
        catch (OperationCanceledException)
        {
            await TellAsync();
        }
    }

    private async Task TellAsync()
    {
        Dictionary<(TenantId Tenant, string ClaimedId), UnregisteredSighting> sightings;
        lock (_gate)
        {
            if (_sightings.Count == 0)
                return;
            sightings = _sightings;
            _sightings = [];
        }
        foreach (var tenant in sightings.GroupBy(sighting => sighting.Key.Tenant, sighting => sighting.Value))
        {
            foreach (var chunk in tenant.Chunk(NoteUnregistered.MaxSightings))
            {
                try
                {
                    await grains.GetGrain<ITenantGrain>(tenant.Key.Value).DecideAsync(
                        new NoteUnregistered(ImmutableArray.Create(chunk)), Actor.System);
                }
                catch (Exception e)
                {
                    LogNotTold(tenant.Key.Value, chunk.Length, e.GetType().Name); // they ask again
                }
            }
        }
    }

    [LoggerMessage(2101, LogLevel.Warning, "Tenant {TenantId} could not be told of {Count} unregistered devices ({Exception})")]
    private partial void LogNotTold(int tenantId, int count, string exception);
}
