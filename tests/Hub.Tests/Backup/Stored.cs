using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Hub.Tests.Backup;

/// <summary>A database's content and structure as text, to be compared with another's.</summary>
internal static class Stored
{
    /// <summary>What a restore changes on purpose: which silos may write, and the life of the feed.</summary>
    private static readonly string[] ChangedByRestore = ["instance", "silo"];

    private const string Structure = """
        SELECT ROW('table', c.relname, c.relkind, pg_get_userbyid(c.relowner), c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
            (SELECT array_agg(a::text ORDER BY a::text COLLATE "C") FROM unnest(c.relacl) a), pg_get_expr(c.relpartbound, c.oid))::text
        FROM pg_class c WHERE c.relnamespace = 'fieldcrm'::regnamespace
        UNION ALL
        SELECT ROW('column', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
            pg_get_expr(d.adbin, d.adrelid), (SELECT array_agg(x::text ORDER BY x::text COLLATE "C") FROM unnest(a.attacl) x))::text
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'fieldcrm'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
        UNION ALL
        SELECT ROW('function', p.oid::regprocedure, pg_get_userbyid(p.proowner), p.prosecdef, p.proconfig, md5(p.prosrc),
            (SELECT array_agg(a::text ORDER BY a::text COLLATE "C") FROM unnest(p.proacl) a))::text
        FROM pg_proc p WHERE p.pronamespace = 'fieldcrm'::regnamespace
        UNION ALL
        SELECT ROW('index', indexname, indexdef)::text FROM pg_indexes WHERE schemaname = 'fieldcrm'
        UNION ALL
        SELECT ROW('constraint', conname, conrelid::regclass, pg_get_constraintdef(oid))::text
        FROM pg_constraint WHERE connamespace = 'fieldcrm'::regnamespace
        UNION ALL
        SELECT ROW('policy', tablename, policyname, roles, cmd, qual)::text FROM pg_policies WHERE schemaname = 'fieldcrm'
        UNION ALL
        SELECT ROW('schema', nspname, pg_get_userbyid(nspowner),
            (SELECT array_agg(a::text ORDER BY a::text COLLATE "C") FROM unnest(nspacl) a))::text
        FROM pg_namespace WHERE nspname LIKE 'fieldcrm%'
        UNION ALL
        SELECT ROW('default rights', defaclobjtype, defaclacl)::text FROM pg_default_acl
        """;

    /// <summary>Every row of every table but for transaction numbers, each line led by its table's name.</summary>
    public static async Task<List<string>> RowsAsync(DatabaseAddresses database)
    {
        var all = new List<string>();
        foreach (var table in await QueryAsync(database, """
            SELECT relname FROM pg_class WHERE relnamespace = 'fieldcrm'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
            ORDER BY relname COLLATE "C"
            """))
        {
            if (ChangedByRestore.Contains(table))
                continue;
            var columns = string.Join(", ", await QueryAsync(database, $"""
                SELECT quote_ident(attname) FROM pg_attribute
                WHERE attrelid = 'fieldcrm.{table}'::regclass AND attnum > 0 AND attname <> 'tx' ORDER BY attnum
                """));
            all.AddRange(await QueryAsync(database, $"SELECT '{table} ' || ROW({columns})::text COLLATE \"C\" FROM fieldcrm.{table} ORDER BY 1"));
        }
        return all;
    }

    /// <summary>Tables, columns, owners, rights, row security, functions, indexes.</summary>
    public static Task<List<string>> StructureAsync(DatabaseAddresses database) =>
        QueryAsync(database, $"SELECT line COLLATE \"C\" FROM ({Structure}) s(line) ORDER BY 1");

    public static async Task<List<string>> QueryAsync(DatabaseAddresses database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
            lines.Add(reader.GetString(0));
        return lines;
    }

    public static async Task<T> ScalarAsync<T>(DatabaseAddresses database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
