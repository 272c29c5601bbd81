using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Silo;
using FieldCrm.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.TenantsApi;

/// <summary>The operator's tenants with their limits, and what the command line asks of each, under <c>/operator</c>.</summary>
internal static class TenantEndpoints
{
    private const int MaxUnregisteredListed = 10_000;

    public static void MapTenants(this RouteGroupBuilder operators)
    {
        operators.MapGet("/tenants", async (int? after, int? limit, TenantAdministration tenants, CancellationToken cancellationToken) =>
            TypedResults.Ok(await tenants.ListAsync(
                after ?? 0, Math.Clamp(limit ?? TenantAdministration.MaxPage, 1, TenantAdministration.MaxPage), cancellationToken)));
        operators.MapPost("/tenants", AddAsync);
        operators.MapGet("/settings", async (RequestTenant tenant, TenantAdministration tenants) =>
            TypedResults.Ok((await tenants.Grain(tenant.Id).GetStateAsync())?.Settings)).RequireTenant();
        operators.MapPut("/settings", ChangeSettingsAsync).RequireTenant();
    }

    public static void MapOperatorVerbs(this RouteGroupBuilder operators)
    {
        operators.MapPost("/users", AddUserAsync).RequireTenant();
        operators.MapPost("/users/disable", DisableUserAsync).RequireTenant();
        operators.MapPost("/users/link", LinkAsync).RequireTenant();
        operators.MapPost("/sign-in-link", SignInLinkAsync).RequireTenant();
        operators.MapGet("/enrolment", ShowEnrolmentAsync).RequireTenant();
        operators.MapPost("/enrolment/rotate", RotateEnrolmentAsync).RequireTenant();
        operators.MapGet("/unregistered", ListUnregisteredAsync).RequireTenant();
    }

    private static async Task<IResult> AddAsync(
        TenantToAdd add, TenantAdministration tenants, HttpContext http, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (outcome, tenant) = await tenants.AddAsync(add.Name, SessionCookie.ActorOf(http.User), cancellationToken);
        return outcome.Refusal is { } refusal
            ? Problems.Of(refusal)
            : TypedResults.Ok(new TenantAnswer(tenant.Value, add.Name, time.GetUtcNow()));
    }

    private static async Task<IResult> AddUserAsync(
        UserToAdd add, RequestTenant tenant, UserAdministration users, HttpRequest request) =>
        Answer(await users.AddAsync(tenant, add, request));

    private static async Task<IResult> DisableUserAsync(
        UserToName disable, RequestTenant tenant, UserAdministration users, CancellationToken cancellationToken)
    {
        if (await users.FindAsync(tenant.Id, disable.Name, cancellationToken) is not { } user)
            return Problems.Of(TenantAdministration.UnknownUser);
        return await users.DecideAsync(tenant, user.Id, new DisableUser(user.Id)) is { } refusal ? Problems.Of(refusal) : TypedResults.NoContent();
    }

    private static async Task<IResult> LinkAsync(
        UserToName named, RequestTenant tenant, UserAdministration users, HttpRequest request, CancellationToken cancellationToken) =>
        await users.FindAsync(tenant.Id, named.Name, cancellationToken) is { } user
            ? Answer(await users.LinkAsync(tenant, user, request)) : Problems.Of(TenantAdministration.UnknownUser);

    private static Task<IResult> SignInLinkAsync(
        RequestTenant tenant, UserAdministration users, HttpRequest request, CancellationToken cancellationToken) =>
        LinkAsync(new UserToName(FirstStart.AdminName), tenant, users, request, cancellationToken);

    private static IResult Answer((Failure? Refusal, LinkAnswer? Link) made) =>
        made.Refusal is { } refusal ? Problems.Of(refusal) : TypedResults.Ok(made.Link);

    private static async Task<IResult> ChangeSettingsAsync(
        TenantSettings settings, RequestTenant tenant, TenantAdministration tenants)
    {
        var outcome = await tenants.Grain(tenant.Id).DecideAsync(new ChangeSettings(settings), tenant.By);
        return outcome.Refusal is { } refusal ? Problems.Of(refusal) : TypedResults.Ok(settings);
    }

    // The URL itself is shown once, when it is made.
    public static async Task<IResult> ShowEnrolmentAsync(RequestTenant tenant, TenantAdministration tenants) =>
        TypedResults.Ok(new EnrolmentAnswer((await tenants.Grain(tenant.Id).GetStateAsync())?.HasEnrolment ?? false, Url: null));

    public static async Task<IResult> RotateEnrolmentAsync(
        RequestTenant tenant, TenantAdministration tenants, DeviceDirectory directory, PublicUrls urls, HttpRequest request)
    {
        var token = SecretToken.Create();
        var outcome = await tenants.Grain(tenant.Id).DecideAsync(new RotateEnrolment(SecretHash.Of(token)), tenant.By);
        directory.ForgetEnrolment(tenant.Id);
        return outcome.Refusal is { } refusal
            ? Problems.Of(refusal)
            : TypedResults.Ok(new EnrolmentAnswer(IsIssued: true, urls.OfDevice(request, token)));
    }

    public static async Task<IResult> ListUnregisteredAsync(
        RequestTenant tenant, FieldCrmDatabase database, TenantAdministration tenants, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant.Id, cancellationToken);
        var rows = await scope.Context.Unregistered.OrderByDescending(u => u.LastSeenAt).Take(MaxUnregisteredListed)
            .ToListAsync(cancellationToken);
        var state = await tenants.Grain(tenant.Id).GetStateAsync();
        return TypedResults.Ok(new UnregisteredListAnswer(
            [.. rows.Select(u => new UnregisteredAnswer(
                u.ClaimedId, u.Protocol, u.FirstSeenAt, u.LastSeenAt, u.RequestCount, $"device admit {Quoted(u.ClaimedId)}"))],
            state?.NotListedCount ?? 0));
    }

    // Anybody may claim any id: what is printed for copying into a shell is quoted for one.
    private static string Quoted(string id) =>
        id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':') && id[0] != '-'
            ? id : $"'{id.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
