using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Silo.Commit;

/// <summary>
/// This start of the silo. Taking one fences every earlier silo of the database in the same transaction, so that a
/// paused or half-dead process commits nothing any more (single mode: there is one silo).
/// </summary>
public sealed class Incarnation(FieldCrmDatabase database)
{
    private long _number;

    /// <summary>The number that every commit proves to be unfenced.</summary>
    /// <exception cref="InvalidOperationException">Asked before <see cref="TakeAsync"/>.</exception>
    public long Number => _number != 0 ? _number : throw new InvalidOperationException("No incarnation was taken yet.");

    public bool IsTaken => _number != 0;

    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.Silo.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Waits for commits in flight of the earlier silo; its idle-in-transaction limit bounds that.
        await using var fence = new NpgsqlCommand(
            "UPDATE silo SET fenced = true WHERE NOT fenced", connection, transaction);
        await fence.ExecuteNonQueryAsync(cancellationToken);
        await using var insert = new NpgsqlCommand(
            "INSERT INTO silo DEFAULT VALUES RETURNING incarnation", connection, transaction);
        var number = (long)(await insert.ExecuteScalarAsync(cancellationToken))!;
        await transaction.CommitAsync(cancellationToken);
        _number = number;
    }
}
