using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Commit;

/// <summary>Asks the database what became of a transaction whose COMMIT was sent and never answered.</summary>
internal static class TransactionOutcome
{
    /// <summary>PostgreSQL needs a moment to restart; the callers' own deadline is 10 s.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    /// <exception cref="CommitOutcomeUnknownException">Nobody could be asked in time.</exception>
    public static async Task<bool> IsCommittedAsync(NpgsqlDataSource silo, long tx, Exception cause, TimeProvider time)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(100), time);
        while (true)
        {
            try
            {
                await using var command = silo.CreateCommand("SELECT pg_xact_status($1::text::xid8)");
                command.Parameters.Add(new NpgsqlParameter
                {
                    Value = tx.ToString(System.Globalization.CultureInfo.InvariantCulture), NpgsqlDbType = NpgsqlDbType.Text,
                });
                switch (await command.ExecuteScalarAsync(patience.Token) as string)
                {
                    case "committed":
                        return true;
                    case "aborted":
                        return false;
                }
            }
            catch (NpgsqlException)
            {
                // Not back yet.
            }
            catch (OperationCanceledException)
            {
                throw new CommitOutcomeUnknownException("The connection was lost at COMMIT.", cause);
            }
            try
            {
                await poll.WaitForNextTickAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new CommitOutcomeUnknownException("The connection was lost at COMMIT.", cause);
            }
        }
    }
}
