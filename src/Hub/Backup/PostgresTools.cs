using System.Diagnostics;
using System.Globalization;
using FieldCrm.Hub.Supervision;
using Npgsql;

namespace FieldCrm.Hub.Backup;

/// <summary>
/// PostgreSQL's own pg_dump, pg_restore and psql on one database. The password goes by the environment, which only the
/// same user and root can read, never by the command line.
/// </summary>
internal sealed class PostgresTools
{
    // Of what a failing tool says only the first error is shown; the rest is read so that it never blocks.
    private const int MaxErrorCharacters = 64 * 1024;

    private readonly string _bin;
    private readonly NpgsqlConnectionStringBuilder _address;

    private PostgresTools(string bin, NpgsqlConnectionStringBuilder address) => (_bin, _address) = (bin, address);

    /// <exception cref="StartRefusedException"><c>postgres.tools-missing</c></exception>
    public static PostgresTools For(string address, int major) => new(
        PostgresInstallation.ClientDirectory(major) ?? throw new StartRefusedException("postgres.tools-missing",
            $"pg_dump and pg_restore of PostgreSQL {major} or newer are needed: install postgresql-client-{major}."),
        new NpgsqlConnectionStringBuilder(address));

    /// <summary>Writes a dump of the product's schema in custom format to its standard output.</summary>
    public ToolProcess Dump(string snapshot) => Start("pg_dump",
        "--format=custom", "--schema=fieldcrm", $"--snapshot={snapshot}", "--no-password", "--lock-wait-timeout=60000");

    /// <summary>Reads a dump from its standard input and writes some sections of it as SQL.</summary>
    public ToolProcess Script(params ReadOnlySpan<string> sections) => Start(
        "pg_restore", ["--file=-", .. sections.ToArray().Select(section => $"--section={section}")]);

    /// <summary>Runs the SQL of its standard input; ends at the first error. When its input just ends, nothing is committed.</summary>
    public ToolProcess Sql() => Start(
        "psql", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--output=/dev/null");

    private ToolProcess Start(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(_bin, tool), arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            // Whoever calls us may stand where another account may not.
            WorkingDirectory = "/",
        };
        foreach (var inherited in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(inherited);
        start.Environment["PGHOST"] = _address.Host;
        start.Environment["PGPORT"] = _address.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGDATABASE"] = _address.Database;
        start.Environment["PGUSER"] = _address.Username;
        start.Environment["PGPASSWORD"] = _address.Password;
        start.Environment["PGAPPNAME"] = $"fieldcrm {tool}";
        start.Environment["PGSSLMODE"] = SslMode(_address.SslMode);
        if (_address.RootCertificate is { Length: > 0 } certificate)
            start.Environment["PGSSLROOTCERT"] = certificate;
        return new ToolProcess(tool, Process.Start(start)!, MaxErrorCharacters);
    }

    private static string SslMode(SslMode mode) => mode switch
    {
        Npgsql.SslMode.Disable => "disable",
        Npgsql.SslMode.Allow => "allow",
        Npgsql.SslMode.Require => "require",
        Npgsql.SslMode.VerifyCA => "verify-ca",
        Npgsql.SslMode.VerifyFull => "verify-full",
        _ => "prefer",
    };
}
