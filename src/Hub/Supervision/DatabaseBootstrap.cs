using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Hub.Supervision;

/// <summary>What a superuser does once: roles, the database, its extensions. Safe to repeat; each start repeats it.</summary>
internal static class DatabaseBootstrap
{
    public const string Database = "fieldcrm";

    private static readonly string[] DurabilitySettings = ["fsync", "full_page_writes", "synchronous_commit"];

    public static string SuperuserAddress(string host, int port, string password, string database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = host, Port = port, Database = database, Username = PostgresCluster.Superuser, Password = password,
            // Used for a moment at each start: nothing is worth keeping open.
            Pooling = false, Timeout = 10, CommandTimeout = 60,
        }.ConnectionString;

    /// <param name="superuser">Connection string of a superuser; its database name is replaced as needed.</param>
    public static async Task EnsureAsync(
        string superuser, string database, DatabasePasswords passwords, CancellationToken cancellationToken)
    {
        await using (var server = new NpgsqlConnection(At(superuser, "postgres")))
        {
            await server.OpenAsync(cancellationToken);
            // Role statements carry passwords: this session's never reach a log.
            await ExecuteAsync(server, "SET log_statement = 'none'; SET log_min_error_statement = 'panic'", cancellationToken);
            await ExecuteAsync(server, RoleSql.Roles(passwords), cancellationToken);
            await using var exists = new NpgsqlCommand("SELECT count(*) FROM pg_database WHERE datname = $1", server)
            {
                Parameters = { new NpgsqlParameter { Value = database } },
            };
            if (await exists.ExecuteScalarAsync(cancellationToken) is 0L)
                await ExecuteAsync(server, RoleSql.CreateDatabase(database), cancellationToken);
        }
        await using var inside = new NpgsqlConnection(At(superuser, database));
        await inside.OpenAsync(cancellationToken);
        await ExecuteAsync(inside, RoleSql.Extensions(database), cancellationToken);
    }

    /// <summary>Names of the settings that would let an acknowledged position be lost; empty is right.</summary>
    public static async Task<IReadOnlyList<string>> DurabilityProblemsAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var read = new NpgsqlCommand(
            "SELECT name FROM pg_settings WHERE name = ANY($1) AND setting IN ('off', 'local')", connection)
        {
            Parameters = { new NpgsqlParameter { Value = DurabilitySettings } },
        };
        var problems = new List<string>();
        await using var rows = await read.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            problems.Add(rows.GetString(0));
        return problems;
    }

    /// <summary>The same, as a new session of a role sees it: a role or a database may be set otherwise than the server.</summary>
    public static async Task<IReadOnlyList<string>> DurabilityProblemsAsync(string address, CancellationToken cancellationToken)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(address) { Pooling = false };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return await DurabilityProblemsAsync(connection, cancellationToken);
    }

    /// <exception cref="StartRefusedException"><c>postgres.not-durable</c></exception>
    public static async Task RequireDurabilityAsync(string address, CancellationToken cancellationToken)
    {
        var problems = await DurabilityProblemsAsync(address, cancellationToken);
        if (problems.Count == 0)
            return;
        throw new StartRefusedException("postgres.not-durable",
            $"PostgreSQL runs with {string.Join(", ", problems)} off, so that what was acknowledged could be lost: " +
            "set each to on (in local.conf of the cluster, on the server that FIELDCRM_DATABASE names, or for the role or database that has it off).");
    }

    private static string At(string address, string database) =>
        new NpgsqlConnectionStringBuilder(address) { Database = database }.ConnectionString;

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
