using FieldCrm.Silo.Replay;
using FieldCrm.Silo.Tracks;
using Microsoft.Extensions.DependencyInjection;

namespace FieldCrm.Silo.Positions;

/// <summary>Last positions, tracks and replay, registered by name.</summary>
public static class PositionServices
{
    public static IServiceCollection AddPositionsAndTracks(this IServiceCollection services)
    {
        services.AddSingleton<LastPositions>();
        services.AddSingleton<IPositionBoard>(provider => provider.GetRequiredService<LastPositions>());
        services.AddSingleton<StoredPositions>();
        services.AddHostedService<LastPositionFiller>();
        services.AddSingleton<TrackReader>();
        services.AddSingleton<ReplayReader>();
        return services;
    }
}
