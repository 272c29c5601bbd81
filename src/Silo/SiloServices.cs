using System.Net;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Devices;
using FieldCrm.Silo.DueTimes;
using FieldCrm.Silo.Feed;
using FieldCrm.Silo.Ledger;
using FieldCrm.Silo.Outbox;
using FieldCrm.Silo.People;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Retention;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Tenants;
using FieldCrm.Silo.Units;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;

namespace FieldCrm.Silo;

/// <summary>Everything that the silo is made of, registered by name.</summary>
public static class SiloServices
{
    /// <summary>Key of the product's clock; Orleans keeps the system's.</summary>
    public const string ProductClock = "product";

    /// <summary>A grain call that waits longer has an unknown outcome.</summary>
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Calls that may wait at one grain before further ones are refused (answered 503).</summary>
    private const int MaxMailbox = 500;

    public static IServiceCollection AddFieldCrmSilo(this IServiceCollection services, DatabaseAddresses database)
    {
        services.TryAddKeyedSingleton(ProductClock, TimeProvider.System);
        services.AddSingleton(_ => new FieldCrmDatabase(database)); // made by the container, so that it closes the pools
        services.AddOptions<CommitOptions>().BindConfiguration("Commit").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<Incarnation>();
        services.AddHostedService<IncarnationStart>();
        services.AddSingleton<ICommitLanes, CommitLanes>();
        services.AddTenants();
        services.AddPeople();
        services.AddSingleton<DeviceReader>();
        services.AddSingleton<UnitReader>();
        services.AddSingleton<PositionPayloads>();
        services.AddSingleton<RefoldQueue>();
        services.TryAddSingleton<OutboxSignal>();
        services.AddSingleton<DevicePublisher>();
        services.AddSingleton<DeviceGrains>();
        services.AddSingleton<DeviceMetrics>();
        services.AddHostedService<RefoldWorker>();
        services.AddPositionsAndTracks();
        services.AddSingleton<EventFeed>();
        services.AddSingleton<SharedFeed>();
        services.TryAddSingleton<FeedSignal>();
        return services;
    }

    /// <summary>What works on its own beside the grains: seals, feed watch, outbox, due times, retention.</summary>
    public static IServiceCollection AddFieldCrmWorkers(this IServiceCollection services)
    {
        services.AddOptions<SealerOptions>().BindConfiguration("Sealer").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<FeedLagOptions>().BindConfiguration("FeedLag").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<OutboxOptions>().BindConfiguration("Outbox").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<DueTimesOptions>().BindConfiguration("DueTimes").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<RetentionOptions>().BindConfiguration("Retention").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<Sealer>();
        services.AddSingleton<IDueHandler, SilenceDueHandler>();
        services.AddSingleton<IDueHandler, ShorterSilence>();
        services.AddHostedService<SealerWorker>();
        services.AddHostedService<FeedLagMonitor>();
        services.AddHostedService<OutboxDispatcher>();
        services.AddHostedService<DueTimesWorker>();
        services.AddSingleton<Forgetting>();
        services.AddHostedService<RetentionWorker>();
        services.AddPeopleWorkers();
        return services;
    }

    /// <summary>One process, one silo: no gateway, membership in memory, everything on loopback.</summary>
    public static void UseSingleSilo(this ISiloBuilder silo, int siloPort)
    {
        silo.UseLocalhostClustering(siloPort, gatewayPort: 0);
        silo.Configure<EndpointOptions>(options => options.AdvertisedIPAddress = IPAddress.Loopback);
        silo.Configure<SiloMessagingOptions>(options =>
        {
            options.ResponseTimeout = ResponseTimeout;
            options.MaxEnqueuedRequestsHardLimit = MaxMailbox;
        });
        silo.Configure<GrainCollectionOptions>(options =>
            options.ClassSpecificCollectionAge[typeof(DeviceGrain).FullName!] = TimeSpan.FromMinutes(5));
    }
}
