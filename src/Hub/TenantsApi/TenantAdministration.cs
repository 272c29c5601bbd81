using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Identity;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Storage.Model;
using FieldCrm.Silo.Tenants;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace FieldCrm.Hub.TenantsApi;

/// <summary>What administration asks of tenants: it reads as that tenant and changes through its grain.</summary>
internal sealed class TenantAdministration(FieldCrmDatabase database, IGrainFactory grains, IdSource ids, TenantNames names)
{
    /// <summary>Tenants of one page; the directory gives no more.</summary>
    public const int MaxPage = 1_000;

    public static readonly TenantId Operator = new(TenantRow.OperatorId);

    public static readonly Failure UnknownUser = new("user.unknown", "There is no such user in this tenant.");

    public ITenantGrain Grain(TenantId tenant) => grains.GetGrain<ITenantGrain>(tenant.Value);

    public ValueTask<TenantId?> FindAsync(string name, CancellationToken cancellationToken) =>
        names.FindAsync(name, cancellationToken);

    public async Task<(TenantOutcome Outcome, TenantId Tenant)> AddAsync(string name, Actor by, CancellationToken cancellationToken)
    {
        var tenant = await ids.NextTenantAsync(cancellationToken);
        return (await Grain(Operator).DecideAsync(new AddTenant(tenant, name), by), tenant);
    }

    public async Task<UserRow?> FindUserAsync(TenantId tenant, string name, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        return await scope.Context.Users.SingleOrDefaultAsync(u => u.Name == name, cancellationToken);
    }

    /// <summary>A fresh one-time link; its text is known to the caller alone.</summary>
    public async Task<(TenantOutcome Outcome, string Link)> CreateLinkAsync(RequestTenant tenant, Guid user)
    {
        var link = SecretToken.Create();
        return (await Grain(tenant.Id).DecideAsync(new CreateLink(user, SecretHash.Of(link)), tenant.By), link);
    }

    /// <summary>The next tenants by number; the operator's own (0) is none of them.</summary>
    public async Task<TenantsAnswer> ListAsync(int after, int limit, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, Operator, cancellationToken);
        await using var list = new NpgsqlCommand(
            "SELECT tenant_id, name, created_at FROM tenant_directory($1, $2)", scope.Connection, scope.Transaction);
        list.Parameters.AddWithValue(after);
        list.Parameters.AddWithValue(limit);
        await using var rows = await list.ExecuteReaderAsync(cancellationToken);
        var tenants = new List<TenantAnswer>();
        while (await rows.ReadAsync(cancellationToken))
            tenants.Add(new TenantAnswer(rows.GetInt32(0), rows.GetString(1), rows.GetFieldValue<DateTimeOffset>(2)));
        return new TenantsAnswer(tenants, tenants.Count == limit ? tenants[^1].Id : null);
    }
}
