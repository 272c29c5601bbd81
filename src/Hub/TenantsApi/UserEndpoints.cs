using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.PositionsApi;

namespace FieldCrm.Hub.TenantsApi;

/// <summary><c>/api/v1/users</c>: for the tenant's admins and for the operator, never for a program.</summary>
internal static class UserEndpoints
{
    private const int MaxLimit = 1_000;
    private const int DefaultLimit = 200;

    public static void MapUsers(this IEndpointRouteBuilder api)
    {
        var users = api.MapGroup("/users").RequireAuthorization(Policies.Administer).ForPeopleOnly().RequireTenant().WithTags("Users")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        users.MapGet("", ListAsync).Produces<UserPage>().WithName("ListUsers").WithSummary("The tenant's people, by name");
        users.MapPost("", async (UserToAdd add, RequestTenant tenant, UserAdministration administration, HttpRequest request) =>
                Answer(await administration.AddAsync(tenant, add, request)))
            .Produces<LinkAnswer>().WithSummary("Adds a person; the link that signs him in once is shown this once");
        users.MapPost("/{user}/link", async (
                string user, RequestTenant tenant, UserAdministration administration, HttpRequest request, CancellationToken cancellationToken) =>
                await administration.FindAsync(tenant.Id, user, cancellationToken) is { } found
                    ? Answer(await administration.LinkAsync(tenant, found, request)) : Problems.Of(TenantAdministration.UnknownUser))
            .Produces<LinkAnswer>().WithSummary("A fresh link that signs the person in once");
        users.MapPost("/{user}/role", (
                string user, RoleToGive give, RequestTenant tenant, UserAdministration administration, CancellationToken cancellationToken) =>
                ChangeAsync(user, tenant, administration, id => new ChangeRole(id, give.Role), cancellationToken))
            .Produces(StatusCodes.Status204NoContent).WithSummary("Another role; it holds at once, in open sessions too");
        Map("disable", "He may not sign in any more; open sessions end within 5 s", id => new DisableUser(id));
        Map("enable", "He may sign in again", id => new EnableUser(id));
        Map("sign-out", "Ends every session of his", id => new EndSessions(id));

        void Map(string path, string summary, Func<Guid, TenantCommand> command) => users.MapPost($"/{{user}}/{path}", (
                string user, RequestTenant tenant, UserAdministration administration, CancellationToken cancellationToken) =>
                ChangeAsync(user, tenant, administration, command, cancellationToken))
            .Produces(StatusCodes.Status204NoContent).WithSummary(summary);
    }

    /// <summary>A program that could make users or tokens would outlive its own token.</summary>
    public static T ForPeopleOnly<T>(this T group)
        where T : IEndpointConventionBuilder => group.AddEndpointFilter((context, next) =>
            SessionCookie.TokenOf(context.HttpContext.User) is null
                ? next(context) : ValueTask.FromResult<object?>(Problems.Of(Problems.Forbidden)));

    private static async Task<IResult> ListAsync(
        [AsParameters] SearchParameters parameters, RequestTenant tenant, UserAdministration administration, HttpContext http,
        CancellationToken cancellationToken)
    {
        _ = parameters;
        var query = new QueryText(http.Request.Query);
        var limit = query.Int("limit", DefaultLimit, 1, MaxLimit);
        var after = query.Cursor("cursor", PageCursor.TextOf);
        var search = query.Search("search");
        if (query.Failure is { } failure)
            return Problems.Of(failure);
        var users = await administration.PageAsync(tenant.Id, search, after?.Value ?? "", limit, cancellationToken);
        return TypedResults.Ok(new UserPage(users, users.Count == limit ? PageCursor.OfText(users[^1].Name) : null));
    }

    private static async Task<IResult> ChangeAsync(
        string user, RequestTenant tenant, UserAdministration administration, Func<Guid, TenantCommand> command,
        CancellationToken cancellationToken)
    {
        if (await administration.FindAsync(tenant.Id, user, cancellationToken) is not { } found)
            return Problems.Of(TenantAdministration.UnknownUser);
        return await administration.DecideAsync(tenant, found.Id, command(found.Id)) is { } refusal
            ? Problems.Of(refusal) : TypedResults.NoContent();
    }

    private static IResult Answer((Failure? Refusal, LinkAnswer? Link) made) =>
        made.Refusal is { } refusal ? Problems.Of(refusal) : TypedResults.Ok(made.Link);
}
