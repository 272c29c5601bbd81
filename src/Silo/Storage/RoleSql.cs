using System.Text;

namespace FieldCrm.Silo.Storage;

/// <summary>
/// The roles and what only a superuser can do: roles with BYPASSRLS, the database, its extensions.
/// With a database of somebody else's, <c>migrate</c> prints this for the administrator.
/// </summary>
public static class RoleSql
{
    public const string Owner = "fieldcrm_owner";
    public const string Lookup = "fieldcrm_lookup";
    public const string Api = "fieldcrm_api";
    public const string Silo = "fieldcrm_silo";

    /// <summary>Run in any database of the server, by a superuser. Safe to repeat; passwords are set anew.</summary>
    public static string Roles(DatabasePasswords passwords)
    {
        var sql = new StringBuilder();
        Role(Owner, "LOGIN BYPASSRLS", passwords.Owner);
        Role(Lookup, "NOLOGIN BYPASSRLS", null);
        Role(Api, "LOGIN NOBYPASSRLS", passwords.Api);
        Role(Silo, "LOGIN BYPASSRLS", passwords.Silo);
        // The owner hands the look-up functions to lookup, so it must be a member.
        sql.AppendLine($"GRANT {Lookup} TO {Owner};");
        // oldest_writer() names whoever holds the feed back, another role's session included.
        sql.AppendLine($"GRANT pg_read_all_stats TO {Owner};");
        // A paused silo must not hold the fence or hold back the feed.
        sql.AppendLine($"ALTER ROLE {Silo} SET idle_in_transaction_session_timeout = '5s';");
        sql.AppendLine($"ALTER ROLE {Api} SET idle_in_transaction_session_timeout = '5s';");
        sql.AppendLine($"ALTER ROLE {Api} SET statement_timeout = '15s';");
        return sql.ToString();

        void Role(string name, string options, string? password)
        {
            sql.AppendLine($"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN CREATE ROLE {name}; END IF; END $$;");
            var secret = password is null ? "" : $" PASSWORD '{password.Replace("'", "''", StringComparison.Ordinal)}'";
            sql.AppendLine($"ALTER ROLE {name} WITH NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION {options}{secret};");
        }
    }

    /// <summary>Run alone, outside a transaction, by a superuser.</summary>
    public static string CreateDatabase(string database) =>
        $"CREATE DATABASE {Quote(database)} OWNER {Owner} ENCODING 'UTF8' TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'";

    /// <summary>Run inside the new database, by a superuser. Safe to repeat.</summary>
    public static string Extensions(string database) => $"""
        CREATE EXTENSION IF NOT EXISTS postgis;
        CREATE EXTENSION IF NOT EXISTS pgrouting;
        REVOKE ALL ON DATABASE {Quote(database)} FROM PUBLIC;
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        GRANT CONNECT ON DATABASE {Quote(database)} TO {Api}, {Silo};
        GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {Quote(database)} TO {Owner};
        """;

    private static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
