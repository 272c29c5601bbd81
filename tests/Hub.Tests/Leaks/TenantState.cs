using FieldCrm.Core;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>All rows of a tenant, whatever tables there are: whether somebody who may not had an effect after all.</summary>
internal static class TenantState
{
    // What the product writes by itself and on its own time; a change that somebody caused shows in the others.
    private static readonly string[] Derived = ["seal", "seal_leaf", "outbox", "due", "device_snapshot", "device_checkpoint", "refold_mark"];

    // A use is noted now and then, by whoever may.
    private const string Coarse = "last_used_at";

    public static async Task<IReadOnlySet<string>> ReadAsync(InProcessServer server, TenantId tenant)
    {
        await using var connection = new NpgsqlConnection(server.Database.Owner ?? throw new InvalidOperationException("The owner's address is not known."));
        await connection.OpenAsync();
        var tables = await ListAsync(
            connection,
            """
            SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
            WHERE c.relnamespace = 'fieldcrm'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
            """);
        var rows = await ListAsync(connection, string.Join(" UNION ALL ", tables.Except(Derived).Select(table =>
            $"SELECT '{table} ' || (to_jsonb(t) - '{Coarse}')::text FROM {FieldCrmContext.Schema}.{table} t WHERE tenant_id = {tenant.Value}")));
        return rows.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Rows that are there now and were not, and the other way round.</summary>
    public static IReadOnlyList<string> Difference(IReadOnlySet<string> before, IReadOnlySet<string> after) =>
        [.. after.Where(r => !before.Contains(r)).Select(r => "+ " + r), .. before.Where(r => !after.Contains(r)).Select(r => "- " + r)];

    private static async Task<List<string>> ListAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var row = await command.ExecuteReaderAsync();
        var list = new List<string>();
        while (await row.ReadAsync())
            list.Add(row.GetString(0));
        return list;
    }
}
