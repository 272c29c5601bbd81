using FieldCrm.Core;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Storage;

/// <summary>
/// One read-only look at the database as one tenant: a transaction of the <c>fieldcrm_api</c> role in which row
/// security shows that tenant's rows and no others. Every request reads through one of these.
/// </summary>
public sealed class TenantScope : IAsyncDisposable
{
    private FieldCrmContext? _context;

    private TenantScope(TenantId tenant, NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        Tenant = tenant;
        Connection = connection;
        Transaction = transaction;
    }

    public TenantId Tenant { get; }

    public NpgsqlConnection Connection { get; }

    public NpgsqlTransaction Transaction { get; }

    /// <summary>The read models, on this scope's connection and transaction. No tracking.</summary>
    public FieldCrmContext Context => _context ??= CreateContext();

    public static async Task<TenantScope> OpenAsync(
        FieldCrmDatabase database, TenantId tenant, CancellationToken cancellationToken)
    {
        var connection = await database.Api.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var name = new NpgsqlCommand(
                "SELECT set_config('app.tenant', $1, true), set_config('transaction_read_only', 'on', true)", connection, transaction);
            name.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.ToString(), NpgsqlDbType = NpgsqlDbType.Text });
            await name.ExecuteNonQueryAsync(cancellationToken);
            return new TenantScope(tenant, connection, transaction);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_context is not null)
            await _context.DisposeAsync();
        await Transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }

    private FieldCrmContext CreateContext()
    {
        var options = new DbContextOptionsBuilder<FieldCrmContext>()
            .UseNpgsql(Connection, Migrator.Configure)
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .Options;
        var context = new FieldCrmContext(options);
        context.Database.UseTransaction(Transaction);
        return context;
    }
}
