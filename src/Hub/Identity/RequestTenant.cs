using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// The tenant that a request is about: a person's own, or for an operator the one of <c>?tenant=NAME</c>
/// (<see cref="DefaultName"/> unless said). Endpoints that say <see cref="RequestTenantExtensions.RequireTenant{T}"/>
/// take it as a parameter.
/// </summary>
/// <param name="By">Who asks, as the ledger remembers it.</param>
internal sealed record RequestTenant(TenantId Id, Actor By)
{
    /// <summary>Made at the first start.</summary>
    public const string DefaultName = "default";

    public const string QueryParameter = "tenant";

    public static ValueTask<RequestTenant?> BindAsync(HttpContext context) => ValueTask.FromResult<RequestTenant?>(
        context.Features.Get<RequestTenant>()
        ?? throw new InvalidOperationException("The endpoint takes a tenant and does not require one."));
}

/// <summary>Marks an endpoint; see <see cref="RequestTenantExtensions.UseRequestTenant"/>.</summary>
internal sealed record RequiresTenant;

internal static class RequestTenantExtensions
{
    /// <summary>Without a tenant the endpoint is answered <c>tenant.unknown</c> or <c>auth.required</c>.</summary>
    public static T RequireTenant<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new RequiresTenant());

    /// <summary>After authorization.</summary>
    public static void UseRequestTenant(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiresTenant>() is not null)
        {
            if (await ResolveAsync(context) is not { } tenant)
            {
                await Problems.WriteAsync(context, context.User.IsInRole(Policies.OperatorRole)
                    ? new Failure("tenant.unknown", "There is no tenant of this name.")
                    : Problems.SignInRequired);
                return;
            }
            context.Features.Set(new RequestTenant(tenant, SessionCookie.ActorOf(context.User)));
            // Neither a proxy nor the next person at this browser is to find it.
            context.Response.Headers.CacheControl = "no-store";
        }
        await next(context);
    });

    private static async ValueTask<TenantId?> ResolveAsync(HttpContext context)
    {
        if (!context.User.IsInRole(Policies.OperatorRole))
            return SessionCookie.TenantOf(context.User);
        var name = context.Request.Query[RequestTenant.QueryParameter].ToString();
        return await context.RequestServices.GetRequiredService<TenantNames>().FindAsync(
            name.Length == 0 ? RequestTenant.DefaultName : name, context.RequestAborted);
    }
}

/// <summary>Tenants by name. A name never changes, so what was found stays true.</summary>
internal sealed class TenantNames(FieldCrmDatabase database)
{
    private const int MaxNames = 10_000;

    private readonly GenerationalCache<string, object> _known = new(MaxNames);

    public async ValueTask<TenantId?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (_known.Find(name) is TenantId known)
            return known;
        await using var find = database.Api.CreateCommand("SELECT tenant_id FROM tenant_by_name($1)");
        find.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name, NpgsqlDbType = NpgsqlDbType.Text });
        if (await find.ExecuteScalarAsync(cancellationToken) is not int id)
            return null;
        var tenant = new TenantId(id);
        _known.Set(name, tenant);
        return tenant;
    }
}
