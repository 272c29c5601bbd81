using FieldCrm.Silo.Devices;
using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Hub.Supervision.Doctor;

/// <summary>What the doctor asks a database that is up: durability, extensions, roles, schema.</summary>
internal static class DatabaseExamination
{
    private static readonly string[] Extensions = ["postgis", "pgrouting"];

    // Name, signs in, sees past row security: what each role must be, and no more.
    private static readonly (string Name, bool SignsIn, bool BypassesRowSecurity)[] Roles =
    [
        (RoleSql.Owner, true, true),
        (RoleSql.Lookup, false, true),
        (RoleSql.Api, true, false),
        (RoleSql.Silo, true, true),
    ];

    public static async Task<IReadOnlyList<Finding>> RunAsync(
        DatabaseAddresses addresses, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        await using var connection = new NpgsqlConnection(addresses.Owner);
        await connection.OpenAsync(cancellationToken);
        findings.Add(new Finding("database", FindingState.Ok, $"PostgreSQL {connection.PostgreSqlVersion} answers"));

        var lax = await LaxAsync(addresses, connection, cancellationToken);
        findings.Add(lax.Count == 0
            ? new Finding("durability", FindingState.Ok, "fsync, full_page_writes and synchronous_commit are on")
            : new Finding("durability", FindingState.Problem,
                $"{string.Join(", ", lax)} off: what was acknowledged could be lost, and a start is refused; set each to on"));

        await ExtensionsAsync(connection, findings, cancellationToken);
        await RolesAsync(connection, findings, cancellationToken);
        await SchemaAsync(addresses, findings, cancellationToken);
        if (findings[^1].State == FindingState.Ok)
            await ParkedAsync(connection, findings, cancellationToken);
        return findings;
    }

    private static async Task<IReadOnlyList<string>> LaxAsync(
        DatabaseAddresses addresses, NpgsqlConnection owner, CancellationToken cancellationToken)
    {
        try
        {
            return await DatabaseBootstrap.DurabilityProblemsAsync(addresses.Silo, cancellationToken);
        }
        catch (PostgresException) // silo cannot sign in: the look at the roles says why
        {
            return await DatabaseBootstrap.DurabilityProblemsAsync(owner, cancellationToken);
        }
    }

    private static async Task ExtensionsAsync(
        NpgsqlConnection connection, List<Finding> findings, CancellationToken cancellationToken)
    {
        var installed = new Dictionary<string, string>(StringComparer.Ordinal);
        await using (var read = new NpgsqlCommand("SELECT extname, extversion FROM pg_extension", connection))
        await using (var rows = await read.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
                installed[rows.GetString(0)] = rows.GetString(1);
        }
        foreach (var extension in Extensions)
        {
            findings.Add(installed.TryGetValue(extension, out var version)
                ? new Finding("extensions", FindingState.Ok, $"{extension} {version}")
                : new Finding("extensions", FindingState.Problem, $"{extension} is missing: ./fieldcrm migrate makes it or says how"));
        }
    }

    private static async Task RolesAsync(
        NpgsqlConnection connection, List<Finding> findings, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, (bool, bool, bool)>(StringComparer.Ordinal);
        await using (var read = new NpgsqlCommand(
            "SELECT rolname, rolcanlogin, rolbypassrls, rolsuper FROM pg_roles WHERE rolname LIKE 'fieldcrm\\_%'", connection))
        await using (var rows = await read.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
                found[rows.GetString(0)] = (rows.GetBoolean(1), rows.GetBoolean(2), rows.GetBoolean(3));
        }
        var wrong = Roles.Where(r => !found.TryGetValue(r.Name, out var is_)
            || is_ != (r.SignsIn, r.BypassesRowSecurity, false)).Select(r => r.Name).ToArray();
        findings.Add(wrong.Length == 0
            ? new Finding("roles", FindingState.Ok, "owner, lookup, api and silo are as they must be")
            : new Finding("roles", FindingState.Problem,
                $"{string.Join(", ", wrong)}: missing or with other rights than needed; ./fieldcrm migrate mends it or says how"));
    }

    private static async Task SchemaAsync(
        DatabaseAddresses addresses, List<Finding> findings, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> pending;
        try
        {
            pending = await Migrator.PendingAsync(addresses, cancellationToken);
        }
        catch (SchemaTooNewException newer)
        {
            findings.Add(new Finding("schema", FindingState.Problem, newer.Message));
            return;
        }
        findings.Add(pending.Count == 0
            ? new Finding("schema", FindingState.Ok, "no migration is pending")
            : new Finding("schema", FindingState.Problem,
                $"{pending.Count} migrations are pending, first {pending[0]}: ./fieldcrm migrate runs them"));
    }

    // A note, not a problem: it stays until retention forgets it, and the device was answered.
    private static async Task ParkedAsync(
        NpgsqlConnection connection, List<Finding> findings, CancellationToken cancellationToken)
    {
        await using var read = new NpgsqlCommand(
            """
            SELECT count(*), string_agg(DISTINCT device_id::text, ', '), max(received_at)
            FROM (SELECT device_id, received_at FROM quarantine WHERE reason = $1 ORDER BY quarantine_id DESC LIMIT 20) newest
            """, connection);
        read.Parameters.AddWithValue(QuarantineStatements.CommitRefused);
        await using var row = await read.ExecuteReaderAsync(cancellationToken);
        if (await row.ReadAsync(cancellationToken) && row.GetInt64(0) is var count and > 0)
        {
            findings.Add(new Finding("quarantine", FindingState.Note,
                $"{(count < 20 ? count : "20 or more")} reports refused by the database lie in quarantine ({QuarantineStatements.CommitRefused}), "
                + $"devices {row.GetString(1)}, newest {row.GetDateTime(2):yyyy-MM-dd'T'HH:mm:ss'Z'}: the server's log says why"));
        }
    }
}
