using Npgsql;

namespace FieldCrm.Silo.Storage;

/// <summary>
/// The connection strings of one database, a role each. <see cref="Owner"/> is for migrations, retention and
/// restore alone and is null where a process has no business with them.
/// </summary>
public sealed record DatabaseAddresses
{
    public required string Api { get; init; }
    public required string Silo { get; init; }
    public string? Owner { get; init; }

    /// <summary>The three roles' addresses on one server.</summary>
    public static DatabaseAddresses For(string host, int port, string database, DatabasePasswords passwords)
    {
        return new DatabaseAddresses
        {
            Api = Address(RoleSql.Api, passwords.Api, maxPoolSize: 40),
            Silo = Address(RoleSql.Silo, passwords.Silo, maxPoolSize: 24),
            Owner = Address(RoleSql.Owner, passwords.Owner, maxPoolSize: 4),
        };

        string Address(string role, string password, int maxPoolSize) => new NpgsqlConnectionStringBuilder
        {
            Host = host, Port = port, Database = database, Username = role, Password = password,
            SearchPath = $"{FieldCrmContext.Schema},public",
            MaxPoolSize = maxPoolSize,
            Timeout = 5,
            CommandTimeout = 30,
            ApplicationName = "fieldcrm",
            IncludeErrorDetail = false,
        }.ConnectionString;
    }
}

/// <summary>Generated secrets of the roles that sign in; kept in the instance's secrets file, never logged.</summary>
public sealed record DatabasePasswords(string Owner, string Api, string Silo)
{
    public override string ToString() => nameof(DatabasePasswords);
}
