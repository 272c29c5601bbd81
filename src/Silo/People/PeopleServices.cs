using Microsoft.Extensions.DependencyInjection;

namespace FieldCrm.Silo.People;

/// <summary>People's own positions, registered by name.</summary>
public static class PeopleServices
{
    public static IServiceCollection AddPeople(this IServiceCollection services)
    {
        services.AddSingleton<PersonReader>();
        services.AddSingleton<PersonVisibility>();
        services.AddHostedService(provider => provider.GetRequiredService<PersonVisibility>());
        return services;
    }

    /// <summary>What works on its own beside the grains.</summary>
    public static IServiceCollection AddPeopleWorkers(this IServiceCollection services)
    {
        services.AddHostedService<ShiftWorker>();
        services.AddHostedService<ForgettingWorker>();
        return services;
    }
}
