using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Silo.Tests;

/// <summary>A migrated database of its own, with a superuser's view of it: what tests check must hide from nobody.</summary>
internal sealed class TestDatabase(DatabaseAddresses addresses, string superuserAddress) : IAsyncDisposable
{
    public DatabaseAddresses Addresses { get; } = addresses;

    public NpgsqlDataSource Superuser { get; } = NpgsqlDataSource.Create(superuserAddress);

    public static async Task<TestDatabase> CreateAsync(PostgresFixture? server = null)
    {
        server ??= await PostgresFixture.SharedAsync();
        var addresses = await server.CreateDatabaseAsync();
        var superuser = new NpgsqlConnectionStringBuilder(server.SuperuserAddress)
        {
            Database = new NpgsqlConnectionStringBuilder(addresses.Silo).Database,
            SearchPath = "fieldcrm,public", MaxPoolSize = 20, Pooling = true,
        };
        var database = new TestDatabase(addresses, superuser.ConnectionString);
        await database.ExecuteAsync("SELECT ensure_day('2026-01-01')"); // making a day and holding the table exclude each other
        return database;
    }

    /// <summary>After a restart of the server: the pooled ones are dead.</summary>
    public TestDatabase WithNewConnections() => new(Addresses, superuserAddress);

    public async Task<T> OneAsync<T>(string sql)
    {
        await using var command = Superuser.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync() ?? throw new InvalidOperationException($"No row: {sql}"));
    }

    public Task<long> CountAsync(string table) => OneAsync<long>($"SELECT count(*) FROM {table}");

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Superuser.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<List<string>> RowsAsync(string sql)
    {
        await using var command = Superuser.CreateCommand($"SELECT q::text FROM ({sql}) q");
        await using var row = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await row.ReadAsync())
            rows.Add(row.GetString(0));
        return rows;
    }

    /// <summary>Writers of the table wait until the returned lock is disposed of; no longer than their statement timeout.</summary>
    public async Task<IAsyncDisposable> HoldAsync(string table)
    {
        var connection = await Superuser.OpenConnectionAsync();
        await using var hold = new NpgsqlCommand($"BEGIN; LOCK TABLE {table} IN SHARE MODE", connection);
        await hold.ExecuteNonQueryAsync();
        return new Held(connection);
    }

    /// <summary>Waits until that many of the silo role's backends wait for a lock.</summary>
    public Task WaitingAsync(int backends, string query = "%") => Eventually.TrueAsync(
        async () => await OneAsync<long>(
            $"""
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND usename = 'fieldcrm_silo' AND wait_event_type = 'Lock' AND query LIKE '{query}'
            """) >= backends,
        TimeSpan.FromSeconds(30)); // a busy machine, not a slow product

    public async ValueTask DisposeAsync() => await Superuser.DisposeAsync();

    private sealed class Held(NpgsqlConnection connection) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await using (var end = new NpgsqlCommand("ROLLBACK", connection))
                await end.ExecuteNonQueryAsync();
            await connection.DisposeAsync();
        }
    }
}
