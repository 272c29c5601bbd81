using Npgsql;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// A database belongs to one data folder. Two that worked on one would fence each other's server for ever, and the
/// second's first start would change the passwords of the first.
/// </summary>
internal static class DatabaseClaim
{
    public const string Option = "--adopt-database";

    /// <summary>Whose the database is; null when it is nobody's yet, or not ours to read.</summary>
    public static async Task<Guid?> HolderAsync(NpgsqlConnectionStringBuilder address, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(
                new NpgsqlConnectionStringBuilder(address.ConnectionString) { Pooling = false }.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var read = new NpgsqlCommand("SELECT data_folder FROM fieldcrm.instance", connection);
            return await read.ExecuteScalarAsync(cancellationToken) as Guid?;
        }
        catch (NpgsqlException)
        {
            return null; // no database, no schema, no rights: whoever prepares it says so
        }
    }

    /// <summary>Writes the claim down.</summary>
    /// <param name="adopt">Whoever had it has it no more: its server is fenced, and its supervisor ends.</param>
    /// <exception cref="StartRefusedException"><c>database.other-folder</c></exception>
    public static async Task TakeAsync(string owner, Guid id, bool adopt, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(owner);
        await connection.OpenAsync(cancellationToken);
        await using var take = new NpgsqlCommand(
            "UPDATE fieldcrm.instance SET data_folder = $1 WHERE data_folder IS NULL OR data_folder = $1 OR $2", connection);
        take.Parameters.AddWithValue(id);
        take.Parameters.AddWithValue(adopt);
        if (await take.ExecuteNonQueryAsync(cancellationToken) == 0)
            throw Refused(null);
    }

    public static StartRefusedException Refused(Guid? holder) => new("database.other-folder",
        $"The database that {ExternalDatabase.Variable} names belongs to another data folder " +
        $"({(holder is { } id ? $"id {id} in its instance.json" : "since just now")}): start that one, name another database, or take this one over for good with ./run {Option}.");
}
