namespace FieldCrm.Hub.People;

/// <summary>People's own positions, registered by name.</summary>
internal static class PeopleServices
{
    public static IServiceCollection AddPeople(this IServiceCollection services)
    {
        services.AddOptions<PeopleOptions>().BindConfiguration("People").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ShiftDirectory>();
        services.AddSingleton<PersonGate>();
        services.AddSingleton<PersonAdministration>();
        services.AddSingleton<PersonalUnits>();
        services.AddSingleton<PersonalAccess>();
        services.AddSingleton<LookStore>();
        services.AddSingleton<LookReader>();
        services.AddSingleton<BulkWatch>();
        services.AddSingleton<OwnReader>();
        return services;
    }
}
