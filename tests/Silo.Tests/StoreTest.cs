using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace FieldCrm.Silo.Tests;

/// <summary>A test with a migrated database of its own and a clock that it moves itself.</summary>
public abstract class StoreTest : IAsyncLifetime
{
    protected static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private NpgsqlDataSource? _owner;

    protected FakeTimeProvider Time { get; } = new(Noon);

    protected DatabaseAddresses Addresses { get; private set; } = null!;

    protected FieldCrmDatabase Database { get; private set; } = null!;

    /// <summary>For seeding and tampering: the owner sees and may change everything.</summary>
    protected NpgsqlDataSource Owner => _owner!;

    public virtual async Task InitializeAsync()
    {
        var postgres = await PostgresFixture.SharedAsync();
        Addresses = await postgres.CreateDatabaseAsync();
        Database = new FieldCrmDatabase(Addresses);
        _owner = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(Addresses.Owner!) { MaxPoolSize = 20, ApplicationName = "test" });
    }

    public virtual async Task DisposeAsync()
    {
        await Database.DisposeAsync();
        await Owner.DisposeAsync();
    }

    protected async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        await command.ExecuteNonQueryAsync();
    }

    protected async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    protected async Task<T[]> ColumnAsync<T>(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync();
        var column = new List<T>();
        while (await reader.ReadAsync())
            column.Add(reader.GetFieldValue<T>(0));
        return [.. column];
    }

    protected Task AddTenantAsync(int id, string settings = "{}") => ExecuteAsync(
        "INSERT INTO tenant (tenant_id, name, settings, created_at) VALUES ($1, $2, $3::jsonb, now())",
        id, $"tenant {id}", settings);

    protected Task<long> TakeIncarnationAsync() =>
        ScalarAsync<long>("INSERT INTO silo DEFAULT VALUES RETURNING incarnation");

    private NpgsqlCommand Command(string sql, object[] values)
    {
        var command = Owner.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.AddWithValue(value);
        return command;
    }
}

/// <summary>
/// Tests that depend on which transactions are open: PostgreSQL counts those of the whole cluster, so nothing may
/// run beside them.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneOnTheCluster
{
    public const string Name = "alone on the cluster";
}
