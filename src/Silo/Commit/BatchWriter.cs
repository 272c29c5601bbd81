using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Commit;

/// <summary>
/// Writes one batch in one transaction over one connection that it keeps: COPY for the positions, one round trip
/// for everything else with the fence as its last statement, COMMIT. A batch begins only when it is known what
/// became of the one before, so that whoever waited for its turn in the lane may believe what he reads.
/// </summary>
internal sealed class BatchWriter(
    NpgsqlDataSource silo, Incarnation incarnation, LaneMark mark, TimeSpan statementTimeout, TimeProvider time)
    : IAsyncDisposable
{
    private NpgsqlConnection? _connection;
    private long _number;
    private long? _undecided;

    /// <exception cref="CommitOutcomeUnknownException">The connection was lost at COMMIT and nobody could be asked.</exception>
    /// <exception cref="CommitUnavailableException">It is still not known what became of an earlier batch.</exception>
    public async Task WriteAsync(List<PendingUnit> batch)
    {
        await SettleAsync();
        var number = ++_number;
        var connection = await ConnectAsync();
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        var commitSent = false;
        try
        {
            var tx = await TransactionIdAsync(connection, transaction);
            await Failpoints.ReachAsync(Failpoints.BeforeCopy);
            await FixCopy.WriteAsync(connection, batch, tx);
            await Failpoints.ReachAsync(Failpoints.AfterCopy);
            await WriteRestAsync(connection, transaction, batch, tx, number);
            await Failpoints.ReachAsync(Failpoints.BeforeCommit);
            commitSent = true;
            await transaction.CommitAsync();
            await transaction.DisposeAsync();
        }
        catch (Exception e)
        {
            await AbandonAsync(transaction);
            if (e is LaneRowMissingException)
                await DisconnectAsync(); // the next batch begins with making it again
            // An error is an answer; only a connection that ended leaves COMMIT in doubt.
            if (!commitSent || e is PostgresException { InvariantSeverity: "ERROR" })
                throw;
            _undecided = number;
            var isCommitted = await mark.AskPatientlyAsync(number)
                ?? throw new CommitOutcomeUnknownException("The connection was lost at COMMIT.", e);
            _undecided = null;
            if (!isCommitted)
                throw;
        }
    }

    /// <summary>Returns when the fate of every earlier batch is known.</summary>
    /// <exception cref="CommitUnavailableException">It is not.</exception>
    public async Task SettleAsync()
    {
        if (_undecided is not { } number)
            return;
        if (await mark.AskAsync(number, CancellationToken.None) is null)
            throw new CommitUnavailableException("It is not known yet what became of an earlier commit.");
        _undecided = null;
    }

    public ValueTask DisposeAsync() => DisconnectAsync();

    private async ValueTask<NpgsqlConnection> ConnectAsync()
    {
        if (_connection is { State: ConnectionState.Open } open)
            return open;
        await DisconnectAsync();
        var connection = await silo.OpenConnectionAsync();
        try
        {
            await using var limit = new NpgsqlCommand(
                $"SET statement_timeout = {(int)statementTimeout.TotalMilliseconds}", connection);
            await limit.ExecuteNonQueryAsync();
            await mark.PrepareAsync(connection);
        }
        catch
        {
            await connection.DisposeAsync(); // open, and yet not what a batch may be written over
            throw;
        }
        return _connection = connection;
    }

    private async ValueTask DisconnectAsync()
    {
        if (_connection is not { } connection)
            return;
        _connection = null;
        await connection.DisposeAsync();
    }

    private async Task AbandonAsync(NpgsqlTransaction transaction)
    {
        try
        {
            if (_connection is { State: ConnectionState.Open })
                await transaction.RollbackAsync();
            await transaction.DisposeAsync();
        }
        catch (Exception)
        {
            await DisconnectAsync(); // it is beyond use; the server rolls back when it notices
        }
    }

    private static async Task<long> TransactionIdAsync(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        await using var command = new NpgsqlCommand("SELECT pg_current_xact_id()::text::bigint", connection, transaction);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task WriteRestAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, List<PendingUnit> batch, long tx, long number)
    {
        await using var rest = new NpgsqlBatch(connection, transaction);
        LateFixInsert.AddTo(rest, batch, tx);
        EventInsert.AddTo(rest, batch, tx);
        OutboxInsert.AddTo(rest, batch, time.GetUtcNow());
        var checkedFrom = rest.BatchCommands.Count;
        foreach (var pending in batch)
        {
            foreach (var statement in pending.Unit.Statements)
            {
                rest.BatchCommands.Add(ToCommand(statement));
            }
        }
        var fence = new NpgsqlBatchCommand("SELECT assert_not_fenced($1)");
        fence.Parameters.Add(new NpgsqlParameter<long> { TypedValue = incarnation.Number, NpgsqlDbType = NpgsqlDbType.Bigint });
        var markAt = rest.BatchCommands.Count;
        rest.BatchCommands.Add(mark.Write(number));
        rest.BatchCommands.Add(fence);
        await rest.ExecuteNonQueryAsync();
        if (rest.BatchCommands[markAt].RecordsAffected != 1)
            throw new LaneRowMissingException(); // without it nobody could ever tell what became of this batch
        CheckRows(rest, batch, checkedFrom);
        if (batch.Exists(static pending => pending.Unit.HasSnapshot))
            await Failpoints.ReachAsync(Failpoints.InSnapshot); // written, and not yet committed
    }

    private static NpgsqlBatchCommand ToCommand(SqlStatement statement)
    {
        var command = new NpgsqlBatchCommand(statement.Text);
        foreach (var value in statement.Values)
            command.Parameters.Add(new NpgsqlParameter { Value = value.Value ?? DBNull.Value, NpgsqlDbType = value.Type });
        return command;
    }

    private static void CheckRows(NpgsqlBatch rest, List<PendingUnit> batch, int from)
    {
        var at = from;
        foreach (var pending in batch)
        {
            foreach (var statement in pending.Unit.Statements)
            {
                if (statement.ExpectedRows is { } expected && (int)rest.BatchCommands[at].RecordsAffected != expected)
                    throw new CommitConflictException($"A statement touched another number of rows than {expected}.");
                at++;
            }
        }
    }
}
