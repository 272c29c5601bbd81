using FieldCrm.Silo.Outbox;
using FieldCrm.Silo.Serialization;
using Microsoft.Extensions.DependencyInjection;

namespace FieldCrm.Silo.Tenants;

public static class TenantServices
{
    /// <summary>What <see cref="ITenantGrain"/> and its callers need besides the database and the commit lanes.</summary>
    public static IServiceCollection AddTenants(this IServiceCollection services)
    {
        services.AddCoreSerialization();
        services.AddSingleton<TenantReader>();
        services.AddSingleton<TenantSettingsCache>();
        services.AddSingleton<IdSource>();
        services.AddSingleton<IOutboxHandler, AlarmOutboxHandler>();
        return services;
    }
}
