using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Commit;

/// <summary>
/// The lane's own row in <c>silo_lane</c>: every batch writes its number there, so that a COMMIT which was never
/// answered can be looked up. The row's lock makes the question wait until the old transaction has ended, and
/// unlike a transaction number the row survives a crash of the server with its meaning.
/// </summary>
internal sealed class LaneMark(NpgsqlDataSource silo, Incarnation incarnation, int lane, TimeProvider time)
{
    /// <summary>PostgreSQL needs a moment to restart; the callers' own deadline is 10 s.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>Longer than a paused transaction may hold the row (idle_in_transaction_session_timeout, 5 s).</summary>
    private const int LockTimeoutSeconds = 6;

    /// <summary>Makes the row. Must be committed before the first batch, so that there is a lock to wait for.</summary>
    public async Task PrepareAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO silo_lane (incarnation, lane, batch) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING", connection);
        AddKey(command.Parameters);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Must touch the row; else the batch is not to be committed (<see cref="LaneRowMissingException"/>).</summary>
    public NpgsqlBatchCommand Write(long number)
    {
        var command = new NpgsqlBatchCommand("UPDATE silo_lane SET batch = $3 WHERE incarnation = $1 AND lane = $2");
        AddKey(command.Parameters);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = number, NpgsqlDbType = NpgsqlDbType.Bigint });
        return command;
    }

    /// <summary>Asks until there is an answer: whether the batch is committed; null when nobody could be asked in time.</summary>
    public async Task<bool?> AskPatientlyAsync(long number)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var again = new PeriodicTimer(AskAgainAfter, time);
        try
        {
            while (true)
            {
                if (await AskAsync(number, patience.Token) is { } isCommitted)
                    return isCommitted;
                await again.WaitForNextTickAsync(patience.Token);
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Asks once; null when the database does not answer.</summary>
    public async Task<bool?> AskAsync(long number, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = silo.CreateCommand(
                "SELECT batch FROM silo_lane WHERE incarnation = $1 AND lane = $2 FOR SHARE");
            command.CommandTimeout = LockTimeoutSeconds;
            AddKey(command.Parameters);
            return await command.ExecuteScalarAsync(cancellationToken) is long newest && newest >= number;
        }
        catch (NpgsqlException)
        {
            return null; // not back yet
        }
    }

    private void AddKey(NpgsqlParameterCollection parameters)
    {
        parameters.Add(new NpgsqlParameter<long> { TypedValue = incarnation.Number, NpgsqlDbType = NpgsqlDbType.Bigint });
        parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)lane, NpgsqlDbType = NpgsqlDbType.Smallint });
    }
}

/// <summary>The lane's row is not there: nothing of the batch was stored, and it may be tried again.</summary>
internal sealed class LaneRowMissingException() : Exception("The lane's row in silo_lane is missing.");
