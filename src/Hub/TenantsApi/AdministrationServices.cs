using System.Text.Json.Serialization;
using FieldCrm.Hub.Backup;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Health;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.TenantsApi;

/// <summary>Administration over HTTP: what the command line speaks to, and what an admin's session may do.</summary>
internal static class AdministrationServices
{
    public static IServiceCollection AddAdministration(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, AdministrationJson.Default);
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            // A body that lacks what it must have, or says null there, is the caller's mistake (400), not a defect.
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.RespectRequiredConstructorParameters = true;
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });
        // Else such a request is answered by a bare 400, without a code.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddSingleton<PublicUrls>();
        services.AddSingleton<TenantAdministration>();
        services.AddSingleton<UserAdministration>();
        services.AddSingleton<DeviceAdministration>();
        services.AddSingleton<FirstStart>();
        services.AddSingleton<IReadiness>(provider => provider.GetRequiredService<FirstStart>());
        services.AddHostedService(provider => provider.GetRequiredService<FirstStart>());
        return services;
    }

    public static void MapAdministration(this IEndpointRouteBuilder app)
    {
        app.MapGroup("/operator").RequireAuthorization(Policies.Operate).MapTenants();
        var operators = app.MapGroup("/operator").RequireAuthorization(Policies.Operator);
        operators.MapOperatorVerbs();
        operators.MapOperatorDevices();
        operators.MapMaintenance();
        var admins = app.MapGroup("/api/v1").RequireAuthorization(Policies.Administer);
        admins.MapDeviceAdministration();
        admins.MapTenantChoices();
        app.MapGroup("/api/v1").MapUsers();
        app.MapGroup("/api/v1").MapTokens();
    }
}
