using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// A server of somebody else's, named by FIELDCRM_DATABASE: <c>postgres://account:password@host:port/database</c> or an
/// Npgsql connection string. A superuser's account lets us make what is needed; otherwise the account must be
/// <c>fieldcrm_owner</c>, and what is missing is printed as SQL for the administrator.
/// </summary>
internal sealed class ExternalDatabase
{
    public const string Variable = "FIELDCRM_DATABASE";

    private readonly NpgsqlConnectionStringBuilder _given;

    private ExternalDatabase(NpgsqlConnectionStringBuilder given) => _given = given;

    public string Name => _given.Database ?? DatabaseBootstrap.Database;

    /// <summary>Null when the variable is not set: the instance has a cluster of its own.</summary>
    /// <exception cref="StartRefusedException"><c>database.address</c></exception>
    public static ExternalDatabase? FromEnvironment()
    {
        var value = Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrWhiteSpace(value) ? null : Parse(value);
    }

    internal static ExternalDatabase Parse(string value)
    {
        try
        {
            var builder = value.StartsWith("postgres://", StringComparison.Ordinal)
                || value.StartsWith("postgresql://", StringComparison.Ordinal)
                ? FromUrl(new Uri(value))
                : new NpgsqlConnectionStringBuilder(value);
            if (string.IsNullOrEmpty(builder.Host) || string.IsNullOrEmpty(builder.Username))
                throw new ArgumentException("no host or account");
            return new ExternalDatabase(builder);
        }
        catch (Exception malformed) when (malformed is ArgumentException or UriFormatException)
        {
            throw new StartRefusedException("database.address",
                $"{Variable} cannot be understood: give postgres://account:password@host:port/database.");
        }
    }

    /// <summary>The three roles' addresses; the owner's as it was given when it is the owner's.</summary>
    public DatabaseAddresses Addresses(DatabasePasswords passwords)
    {
        var own = DatabaseAddresses.For(_given.Host!, _given.Port, Name, OwnPasswords(passwords));
        return new DatabaseAddresses { Api = Merge(own.Api), Silo = Merge(own.Silo), Owner = Merge(own.Owner!) };
    }

    /// <summary>The data folder that the database belongs to; null when nobody's, or not to be told.</summary>
    public Task<Guid?> HolderAsync(CancellationToken cancellationToken) =>
        DatabaseClaim.HolderAsync(new NpgsqlConnectionStringBuilder(_given.ConnectionString) { Database = Name }, cancellationToken);

    /// <summary>Makes what is missing as a superuser, or says what an administrator must run.</summary>
    /// <exception cref="StartRefusedException">
    /// <c>database.needs-administrator</c> (exit code 4; the SQL goes to <paramref name="sql"/>), <c>database.unreachable</c>,
    /// <c>database.too-old</c> or <c>database.no-extensions</c>
    /// </exception>
    public async Task EnsureAsync(DatabasePasswords passwords, TextWriter sql, CancellationToken cancellationToken)
    {
        passwords = OwnPasswords(passwords);
        if (await IsSuperuserAsync(cancellationToken))
        {
            await MakeMissingAsync(passwords, cancellationToken);
            return;
        }
        if (_given.Username == RoleSql.Owner && await IsCompleteAsync(passwords, cancellationToken))
            return;
        await sql.WriteLineAsync("-- Run as a superuser (psql -d postgres), then start again with");
        await sql.WriteLineAsync($"-- {Variable}=postgres://{RoleSql.Owner}:PASSWORD@{_given.Host}:{_given.Port}/{Name}");
        await sql.WriteLineAsync(RoleSql.Roles(passwords).TrimEnd());
        await sql.WriteLineAsync($"-- only if there is no such database yet:\n{RoleSql.CreateDatabase(Name)};");
        await sql.WriteLineAsync($"\\connect \"{Name}\"\n{RoleSql.Extensions(Name).TrimEnd()}");
        throw new StartRefusedException("database.needs-administrator",
            "Roles or extensions are missing in the database: an administrator must run the SQL above once.",
            ExitCode.NeedsAdministrator);
    }

    private async Task MakeMissingAsync(DatabasePasswords passwords, CancellationToken cancellationToken)
    {
        try
        {
            await DatabaseBootstrap.EnsureAsync(_given.ConnectionString, Name, passwords, cancellationToken);
        }
        catch (PostgresException absent) when (absent.SqlState is PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.UndefinedFile)
        {
            throw new StartRefusedException("database.no-extensions",
                $"The server {_given.Host}:{_given.Port} that {Variable} names lacks PostGIS or pgRouting ({absent.MessageText}): " +
                "install both there (postgresql-N-postgis-3 and postgresql-N-pgrouting), and start again.");
        }
    }

    private static NpgsqlConnectionStringBuilder FromUrl(Uri url)
    {
        var account = url.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = url.Host,
            Port = url.Port > 0 ? url.Port : 5432,
            Username = Uri.UnescapeDataString(account[0]),
            Password = account.Length == 2 ? Uri.UnescapeDataString(account[1]) : null,
            Database = url.AbsolutePath.Trim('/') is { Length: > 0 } name ? Uri.UnescapeDataString(name) : DatabaseBootstrap.Database,
        };
        // What is not understood is refused: a setting that asks for TLS must not be lost in silence.
        foreach (var setting in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = setting.Split('=', 2) is [var left, var right] ? (left, Uri.UnescapeDataString(right)) : (setting, "");
            switch (key)
            {
                case "sslmode":
                    builder["SSL Mode"] = value.Replace("-", "", StringComparison.Ordinal); // libpq: verify-full
                    break;
                case "sslrootcert":
                    builder.RootCertificate = value;
                    break;
                default:
                    throw new ArgumentException($"unknown setting {key}");
            }
        }
        return builder;
    }

    private DatabasePasswords OwnPasswords(DatabasePasswords generated) =>
        _given is { Username: RoleSql.Owner, Password: { } password } ? generated with { Owner = password } : generated;

    /// <summary>Transport settings (TLS and the like) are the given ones; who and how many are ours.</summary>
    private string Merge(string own)
    {
        var merged = new NpgsqlConnectionStringBuilder(_given.ConnectionString);
        foreach (var (key, value) in new NpgsqlConnectionStringBuilder(own))
            merged[key] = value;
        return merged.ConnectionString;
    }

    private async Task<bool> IsSuperuserAsync(CancellationToken cancellationToken)
    {
        var address = new NpgsqlConnectionStringBuilder(_given.ConnectionString) { Pooling = false };
        try
        {
            return await ScalarAsync(address, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user", cancellationToken) is true;
        }
        catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            address.Database = "postgres";
            return await ScalarAsync(address, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user", cancellationToken) is true;
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            // A role that is still to be made cannot sign in either: the SQL says what to do in both cases.
            return false;
        }
        catch (NpgsqlException unreachable)
        {
            throw new StartRefusedException("database.unreachable",
                $"The server {_given.Host}:{_given.Port} that {Variable} names does not answer: {unreachable.Message}");
        }
    }

    private async Task<bool> IsCompleteAsync(DatabasePasswords passwords, CancellationToken cancellationToken)
    {
        const string Extensions = "SELECT count(*) FROM pg_extension WHERE extname IN ('postgis', 'pgrouting')";
        var addresses = Addresses(passwords);
        try
        {
            foreach (var address in new[] { addresses.Owner!, addresses.Api, addresses.Silo })
            {
                var once = new NpgsqlConnectionStringBuilder(address) { Pooling = false };
                if (await ScalarAsync(once, Extensions, cancellationToken) is not 2L)
                    return false;
            }
            return true;
        }
        catch (PostgresException)
        {
            return false;
        }
    }

    private static async Task<object?> ScalarAsync(
        NpgsqlConnectionStringBuilder address, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        if (connection.PostgreSqlVersion.Major < PostgresInstallation.OldestMajor)
        {
            throw new StartRefusedException("database.too-old",
                $"The server {address.Host}:{address.Port} that {Variable} names is PostgreSQL {connection.PostgreSqlVersion}; " +
                $"FieldCrm needs {PostgresInstallation.OldestMajor} or newer: upgrade it, or name another.");
        }
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
