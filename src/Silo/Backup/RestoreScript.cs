using System.Globalization;
using System.Text;
using FieldCrm.Silo.Storage;

namespace FieldCrm.Silo.Backup;

/// <summary>
/// What is said before, between and after the dump's own statements, all in one transaction: whoever dies on the way,
/// PostgreSQL puts everything back.
/// </summary>
public static class RestoreScript
{
    /// <summary>Before the dump: fence every silo, and make room.</summary>
    public static string Begin { get; } = $"""
        BEGIN;
        SET LOCAL client_min_messages = warning;
        UPDATE fieldcrm.silo SET fenced = true WHERE NOT fenced;
        ALTER SCHEMA fieldcrm RENAME TO {RestoreDatabase.Replaced};
        -- A function's new owner must be allowed to create in its schema; taken back at the end.
        ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO {RoleSql.Lookup};

        """;

    /// <summary>
    /// Between data and indexes: transaction numbers of another cluster (or of an earlier time of this one) mean nothing
    /// here, and would hide new rows behind old ones. Rewriting the heap now leaves nothing dead behind.
    /// </summary>
    public const string ForgetTransactions = """

        DO $$
        DECLARE
            name text;
        BEGIN
            FOR name IN
                SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tx'
                WHERE c.relnamespace = 'fieldcrm'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            LOOP
                EXECUTE format('ALTER TABLE fieldcrm.%I ALTER COLUMN tx TYPE bigint USING 0', name);
            END LOOP;
        END $$;

        """;

    /// <summary>After the dump: counts, a new life for the feed, old silos fenced; then COMMIT.</summary>
    public static string End(BackupManifest manifest)
    {
        var script = new StringBuilder("\nDO $$\nDECLARE\n    found bigint;\nBEGIN\n");
        foreach (var (table, rows) in manifest.Rows)
        {
            script.Append(CultureInfo.InvariantCulture, $"""
                    SELECT count(*) INTO found FROM fieldcrm."{table}";
                    IF found <> {rows} THEN
                        RAISE EXCEPTION 'table {table} has % rows, the backup says {rows}', found;
                    END IF;

                """);
        }
        return script.Append(CultureInfo.InvariantCulture, $"""
            END $$;
            UPDATE fieldcrm.instance SET feed_epoch = gen_random_uuid(), -- and it stays this data folder's
                data_folder = (SELECT data_folder FROM {RestoreDatabase.Replaced}.instance);
            UPDATE fieldcrm.silo SET fenced = true WHERE NOT fenced;
            -- No number that a silo of the replaced database had is given again.
            SELECT setval(pg_get_serial_sequence('fieldcrm.silo', 'incarnation'), greatest(1,
                (SELECT max(incarnation) FROM fieldcrm.silo),
                (SELECT max(incarnation) FROM {RestoreDatabase.Replaced}.silo)));
            ALTER DEFAULT PRIVILEGES REVOKE CREATE ON SCHEMAS FROM {RoleSql.Lookup};
            REVOKE CREATE ON SCHEMA fieldcrm FROM {RoleSql.Lookup};
            COMMIT;

            """).ToString();
    }
}
