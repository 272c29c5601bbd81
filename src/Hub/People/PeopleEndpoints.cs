using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Silo.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.People;

/// <summary>Who carries a person's device, and who looked at whom: for admins and auditors.</summary>
internal static class PeopleEndpoints
{
    private const int MaxLimit = 1_000;
    private const int DefaultLimit = 100;

    public static void MapPeopleApi(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/people").RequireAuthorization(Policies.ReadAudit).RequireTenant().WithTags("People")
            .ProducesProblem(StatusCodes.Status400BadRequest);
        group.MapGet("", ListAsync).WithName("ListPeople").WithSummary("People's devices in the order of their ids: who carries them, who agreed, who is on shift");
        group.MapGet("/looks", LooksAsync).WithName("ListLooks").WithSummary("Who opened whose detail and why, newest first")
            .ProducesProblem(StatusCodes.Status404NotFound);
        MapHold(app.MapGroup("/api/v1").RequireAuthorization(Policies.Administer));
        MapHold(app.MapGroup("/operator").RequireAuthorization(Policies.Operator)).ExcludeFromDescription();
    }

    private static RouteHandlerBuilder MapHold(RouteGroupBuilder routes) => routes.MapPost("/devices/hold", HoldAsync).RequireTenant().WithTags("People")
        .Produces(StatusCodes.Status204NoContent).WithSummary("Says who carries a person's device; only he can agree that it reports")
        .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);

    private static async Task<IResult> HoldAsync(
        DeviceToHold hold, RequestTenant tenant, DeviceAdministration devices, UserAdministration users, PersonalUnits people,
        CancellationToken cancellationToken)
    {
        Guid? holder = null;
        if (!string.IsNullOrEmpty(hold.User))
        {
            if (await users.FindAsync(tenant.Id, hold.User, cancellationToken) is not { } user)
                return Problems.Of(TenantAdministration.UnknownUser);
            holder = user.Id;
        }
        var outcome = await devices.ChangeAsync(tenant, hold.Id, device => new HoldDevice(device, holder), cancellationToken);
        people.Forget();
        return (outcome is null ? DeviceFinder.Unknown : outcome.Refusal) is { } refusal ? Problems.Of(refusal) : TypedResults.NoContent();
    }

    private static async Task<Results<Ok<PeoplePage>, ProblemHttpResult>> ListAsync(
        [AsParameters] PeopleParameters parameters, RequestTenant tenant, FieldCrmDatabase database, PersonalUnits units, HttpContext http,
        CancellationToken cancellationToken)
    {
        _ = parameters; // documents the query; QueryText reads it, so that each refusal has its own code
        var query = new QueryText(http.Request.Query);
        var limit = query.Int("limit", DefaultLimit, 1, MaxLimit);
        var after = query.Cursor("cursor", PageCursor.TextOf)?.Value ?? "";
        var device = query.Text("device");
        if (query.Failure is { } failure)
            return Problems.Of(failure);
        var people = await units.OfAsync(tenant.Id, cancellationToken);
        await using var scope = await TenantScope.OpenAsync(database, tenant.Id, cancellationToken);
        var context = scope.Context;
        var rows = await context.Devices.Where(d => d.Kind == Core.Devices.UnitKind.Person && string.Compare(d.UniqueId, after) > 0)
            .Where(d => device == null || d.UniqueId == device)
            .OrderBy(d => d.UniqueId).Take(limit + 1)
            .Select(d => new
            {
                d.DeviceId,
                d.UniqueId,
                d.Name,
                Holder = context.Users.Where(u => u.UserId == d.HolderId).Select(u => u.Name).FirstOrDefault(),
                Consent = context.PersonConsents.Where(c => c.UserId == d.HolderId && c.IsGiven && c.WithdrawnAt == null)
                    .OrderByDescending(c => c.AnsweredAt).Select(c => (DateTimeOffset?)c.AnsweredAt).FirstOrDefault(),
            }).ToListAsync(cancellationToken);
        return TypedResults.Ok(new PeoplePage(
            [.. rows.Take(limit).Select(r => new PersonView(r.UniqueId, r.Name, r.Holder, r.Consent, people.GetValueOrDefault(r.DeviceId)?.OnShiftSince?.ToDateTimeOffset()))],
            rows.Count > limit ? PageCursor.OfText(rows[limit - 1].UniqueId) : null));
    }

    private static async Task<Results<Ok<LookPage>, ProblemHttpResult>> LooksAsync(
        [AsParameters] LooksParameters parameters, RequestTenant tenant, LookReader looks, UserAdministration users, HttpContext http,
        CancellationToken cancellationToken)
    {
        _ = parameters;
        var query = new QueryText(http.Request.Query);
        var limit = query.Int("limit", DefaultLimit, 1, MaxLimit);
        var before = query.Cursor("cursor", PageCursor.TimeAndNumberOf);
        var (person, by) = (query.Text("person"), query.Text("by"));
        if (query.Failure is { } failure)
            return Problems.Of(failure);
        var question = new LookQuestion(before?.Id, limit);
        if (person is not null)
        {
            if (await users.FindAsync(tenant.Id, person, cancellationToken) is not { } whose)
                return Problems.Of(TenantAdministration.UnknownUser);
            question = question with { Person = whose.Id };
        }
        if (by is not null)
        {
            var known = await users.FindAsync(tenant.Id, by, cancellationToken);
            if (known is null && !Guid.TryParse(by, out _))
                return Problems.Of(TenantAdministration.UnknownUser);
            question = question with { By = known?.Id ?? Guid.Parse(by) };
        }
        var page = await looks.ReadAsync(tenant.Id, question, cancellationToken);
        return TypedResults.Ok(new LookPage([.. page.Looks.Select(LookEntry.Of)], page.NextCursor));
    }
}
