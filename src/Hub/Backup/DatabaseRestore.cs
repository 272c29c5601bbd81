using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Backup;
using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Hub.Backup;

/// <summary>
/// Puts a backup in the place of a database's content. Nobody else may write meanwhile (<see cref="MaintenanceHold"/>).
/// One transaction replaces the schema, so a death at any moment leaves the old content or the new, whole.
/// </summary>
internal sealed class DatabaseRestore(DatabaseAddresses database)
{
    /// <exception cref="StartRefusedException">
    /// <c>backup.postgres-newer</c>, <c>backup.tool-failed</c> or <c>backup.migration-failed</c>; the content is what it was.
    /// </exception>
    public async Task RunAsync(BackupFile backup, CancellationToken cancellationToken)
    {
        var major = await MajorAsync(cancellationToken);
        if (backup.Manifest.PostgresMajor > major)
        {
            throw new StartRefusedException("backup.postgres-newer",
                $"The backup was taken from PostgreSQL {backup.Manifest.PostgresMajor}, this is {major}: restore it into {backup.Manifest.PostgresMajor} or newer.");
        }
        await RestoreDatabase.DropLeftoversAsync(database, cancellationToken);
        await ReplaceAsync(PostgresTools.For(database.Owner!, major), backup, cancellationToken);
        try
        {
            await Migrator.MigrateAsync(database, cancellationToken);
        }
        catch (Exception failed)
        {
            await RestoreDatabase.PutBackAsync(database, CancellationToken.None);
            throw new StartRefusedException("backup.migration-failed",
                $"The backup could not be brought to this program's schema ({failed.Message}): what was there before is back.");
        }
        await RestoreDatabase.DropLeftoversAsync(database, cancellationToken);
    }

    private async Task<int> MajorAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(RestoreDatabase.Unhurried(database));
        await connection.OpenAsync(cancellationToken);
        return connection.PostgreSqlVersion.Major;
    }

    private static async Task ReplaceAsync(PostgresTools tools, BackupFile backup, CancellationToken cancellationToken)
    {
        await using var sql = tools.Sql();
        try
        {
            await sql.WriteAsync(RestoreScript.Begin, cancellationToken);
            await PassAsync(tools, backup, sql, ["pre-data", "data"], cancellationToken);
            await sql.WriteAsync(RestoreScript.ForgetTransactions, cancellationToken);
            await PassAsync(tools, backup, sql, ["post-data"], cancellationToken);
            // Only now may it commit: until here the end of its input undoes all.
            await sql.WriteAsync(RestoreScript.End(backup.Manifest), cancellationToken);
            sql.Input.Close();
        }
        catch (IOException)
        {
            // It ended at an error, before its input did: what follows says which.
        }
        await sql.SucceededAsync(cancellationToken);
    }

    private static async Task PassAsync(
        PostgresTools tools, BackupFile backup, ToolProcess sql, string[] sections, CancellationToken cancellationToken)
    {
        await using var dump = backup.OpenDump();
        await using var script = tools.Script(sections);
        var feeding = script.FeedAsync(dump, cancellationToken);
        try
        {
            await script.Output.CopyToAsync(sql.Input, cancellationToken);
            await sql.Input.FlushAsync(cancellationToken);
        }
        catch
        {
            script.Stop();
            throw;
        }
        finally
        {
            await feeding;
        }
        await script.SucceededAsync(cancellationToken);
    }
}
