using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace FieldCrm.Silo.Storage;

/// <summary>Brings the schema to this program's version. Runs as owner; several at once wait for one another.</summary>
public static class Migrator
{
    /// <exception cref="SchemaTooNewException">The database was migrated by a later version of the program.</exception>
    public static async Task MigrateAsync(DatabaseAddresses database, CancellationToken cancellationToken)
    {
        await RequireKnownAsync(database, cancellationToken);
        await using var context = new FieldCrmContext(Options(OwnerOf(database)));
        await context.Database.MigrateAsync(cancellationToken);
    }

    /// <summary>Migrations that the database still lacks; empty when it is current.</summary>
    /// <exception cref="SchemaTooNewException">The database was migrated by a later version of the program.</exception>
    public static async Task<IReadOnlyList<string>> PendingAsync(
        DatabaseAddresses database, CancellationToken cancellationToken)
    {
        await using var context = new FieldCrmContext(Options(OwnerOf(database)));
        var applied = await RequireKnownAsync(database, cancellationToken);
        return [.. context.Database.GetMigrations().Except(applied, StringComparer.Ordinal)];
    }

    /// <summary>Whether this program has a migration of that name: a schema that has another is newer.</summary>
    public static bool Knows(string migration)
    {
        // Never connected: which migrations there are is in the program.
        using var context = new FieldCrmContext(Options("Host=localhost"));
        return context.Database.GetMigrations().Contains(migration, StringComparer.Ordinal);
    }

    /// <summary>Context options on a connection string; the migrations table lies in our own schema.</summary>
    public static DbContextOptions<FieldCrmContext> Options(string connectionString) =>
        new DbContextOptionsBuilder<FieldCrmContext>().UseNpgsql(connectionString, Configure).Options;

    public static void Configure(Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure.NpgsqlDbContextOptionsBuilder npgsql) =>
        npgsql.UseNetTopologySuite().MigrationsHistoryTable("schema_migration", FieldCrmContext.Schema);

    private static async Task<string[]> RequireKnownAsync(DatabaseAddresses database, CancellationToken cancellationToken)
    {
        var applied = await AppliedAsync(database, cancellationToken);
        return applied.FirstOrDefault(m => !Knows(m)) is { } unknown ? throw new SchemaTooNewException(unknown) : applied;
    }

    private static string OwnerOf(DatabaseAddresses database) => database.Owner
        ?? throw new InvalidOperationException("Migrations need the owner's connection.");

    private static async Task<string[]> AppliedAsync(DatabaseAddresses database, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(OwnerOf(database));
        await connection.OpenAsync(cancellationToken);
        await using var exists = new NpgsqlCommand(
            "SELECT to_regclass('fieldcrm.schema_migration') IS NOT NULL", connection);
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
            return [];
        await using var list = new NpgsqlCommand(
            "SELECT array_agg(\"MigrationId\" ORDER BY 1) FROM fieldcrm.schema_migration", connection);
        return await list.ExecuteScalarAsync(cancellationToken) as string[] ?? [];
    }
}

/// <summary>The database knows a migration that this program does not: start the newer program instead.</summary>
public sealed class SchemaTooNewException(string migration)
    : Exception($"The database was migrated by a newer version ({migration}). Start that version, or restore a backup.")
{
    public string Migration { get; } = migration;
}
