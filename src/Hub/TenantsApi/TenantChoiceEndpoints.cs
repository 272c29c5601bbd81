using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Silo.Storage;

namespace FieldCrm.Hub.TenantsApi;

/// <summary>What a tenant's admin may choose himself. Limits (devices, users) are the operator's and stay as they are.</summary>
/// <param name="RetentionDays">Days that positions are kept; 2 to 3,650, more than <paramref name="RefoldWindowDays"/>.</param>
/// <param name="SilenceAfterSeconds">Seconds without a word until a device counts as silent; 60 to 604,800.</param>
/// <param name="RefoldWindowDays">Days within which a late fix is still evaluated; 1 to 31.</param>
/// <param name="PersonRetentionDays">The same as <paramref name="RetentionDays"/> for people's own positions; left out, it stays.</param>
internal sealed record TenantChoices(int RetentionDays, int SilenceAfterSeconds, int RefoldWindowDays, int? PersonRetentionDays = null)
{
    public static TenantChoices Of(TenantSettings settings) =>
        new(settings.RetentionDays, settings.SilenceAfterSeconds, settings.RefoldWindowDays, settings.PersonRetentionDays);

    public TenantSettings In(TenantSettings settings) =>
        settings with
        {
            RetentionDays = RetentionDays, SilenceAfterSeconds = SilenceAfterSeconds, RefoldWindowDays = RefoldWindowDays,
            PersonRetentionDays = PersonRetentionDays ?? settings.PersonRetentionDays,
        };
}

/// <summary>A tenant's settings and the devices that reported without being registered, for its admins: <c>/api/v1</c>.</summary>
internal static class TenantChoiceEndpoints
{
    public static void MapTenantChoices(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").RequireTenant().WithTags("Tenant");
        group.MapGet("/settings", ShowAsync).WithName("GetSettings").Produces<TenantChoices>().WithSummary("What the tenant chose");
        group.MapPut("/settings", ChangeAsync).WithName("ChangeSettings").Produces<TenantChoices>().WithSummary("Chooses anew")
            .ProducesProblem(StatusCodes.Status400BadRequest);
        group.MapGet("/unregistered", UnregisteredAsync).WithName("ListUnregistered").Produces<UnregisteredListAnswer>()
            .WithSummary("Devices that reported and are not registered, newest first");
        group.MapGet("/enrolment", TenantEndpoints.ShowEnrolmentAsync).WithName("GetEnrolment").Produces<EnrolmentAnswer>()
            .WithSummary("Whether there is a URL under which new devices report; never the URL itself");
        group.MapPost("/enrolment/rotate", TenantEndpoints.RotateEnrolmentAsync).WithName("RotateEnrolment").Produces<EnrolmentAnswer>()
            .WithSummary("A URL under which new devices report, shown this once; the one before stops working");
    }

    private static async Task<IResult> ShowAsync(RequestTenant tenant, TenantAdministration tenants) =>
        TypedResults.Ok(TenantChoices.Of(await SettingsAsync(tenant, tenants)));

    private static async Task<IResult> ChangeAsync(TenantChoices choices, RequestTenant tenant, TenantAdministration tenants)
    {
        var settings = choices.In(await SettingsAsync(tenant, tenants));
        var outcome = await tenants.Grain(tenant.Id).DecideAsync(new ChangeSettings(settings), tenant.By);
        return outcome.Refusal is { } refusal ? Problems.Of(refusal) : TypedResults.Ok(TenantChoices.Of(settings));
    }

    private static async Task<IResult> UnregisteredAsync(
        RequestTenant tenant, FieldCrmDatabase database, TenantAdministration tenants, CancellationToken cancellationToken) =>
        await TenantEndpoints.ListUnregisteredAsync(tenant, database, tenants, cancellationToken);

    private static async Task<TenantSettings> SettingsAsync(RequestTenant tenant, TenantAdministration tenants) =>
        (await tenants.Grain(tenant.Id).GetStateAsync())?.Settings ?? TenantSettings.Default;
}
