using System.Globalization;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.DueTimes;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Devices;

/// <summary>
/// A tenant that shortens its silence has rows in <c>due</c> that are too late by now. The commit that stores the
/// settings puts a row of the tenant's own there; when it fires, the devices' rows are drawn forward, however many
/// there are. A row that was early enough already is left alone.
/// </summary>
internal sealed class ShorterSilence(FieldCrmDatabase database) : IDueHandler
{
    public const string DueKind = "tenant.silence";

    /// <summary>
    /// A device may still decide by the former settings while they are remembered (TenantSettingsCache, 5 s), and its
    /// commit may take its deadline (CommitOptions, 10 s): after this long no such row can come any more.
    /// </summary>
    internal static readonly TimeSpan SettledAfter = TimeSpan.FromSeconds(20);

    /// <summary>Rows of one statement: well within <see cref="StatementLimits.Write"/>.</summary>
    internal const int ChunkRows = 5_000;

    // Heard at least when its snapshot says so: the row may come early, which only asks the device to set it again.
    private const string DrawForward =
        """
        WITH late AS (
            SELECT d.subject, greatest($4, coalesce(s.last_received_at, $4) + $5) AS due_at
            FROM due d LEFT JOIN device_snapshot s ON s.device_id = d.subject
            WHERE d.kind = $1 AND d.tenant_id = $2 AND d.due_at > $4 + $5
            LIMIT $3)
        UPDATE due SET due_at = least(late.due_at, $4 + $5) FROM late WHERE due.kind = $1 AND due.subject = late.subject
        """;

    public string Kind => DueKind;

    /// <summary>Goes with the settings' own row; a later change begins the wait again.</summary>
    public static SqlStatement Ask(TenantId tenant, UtcMicros now) =>
        DueSql.MoveTo(DueKind, tenant.Value, tenant, now.Plus(SettledAfter));

    public async Task HandleAsync(DueFiring firing, CancellationToken cancellationToken)
    {
        if (await AskedAsync(firing, cancellationToken) is not var (silence, askedAt))
            return;
        while (await DrawForwardAsync(firing, silence, cancellationToken) == ChunkRows)
        {
        }
        // Unless the settings were changed once more meanwhile: then the row was moved, and fires again.
        await using var done = database.Work.CreateCommand("DELETE FROM due WHERE kind = $1 AND subject = $2 AND due_at = $3");
        done.Parameters.AddWithValue(DueKind);
        done.Parameters.AddWithValue(firing.Subject);
        done.Parameters.AddWithValue(askedAt);
        await done.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<(TimeSpan Silence, DateTime AskedAt)?> AskedAsync(DueFiring firing, CancellationToken cancellationToken)
    {
        await using var command = database.Work.CreateCommand(
            """
            SELECT t.settings ->> 'silenceAfterSeconds', d.due_at FROM due d JOIN tenant t USING (tenant_id)
            WHERE d.kind = $1 AND d.subject = $2
            """);
        command.Parameters.AddWithValue(DueKind);
        command.Parameters.AddWithValue(firing.Subject);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
            return null;
        var seconds = row.IsDBNull(0)
            ? TenantSettings.Default.SilenceAfterSeconds : int.Parse(row.GetString(0), CultureInfo.InvariantCulture);
        return (TimeSpan.FromSeconds(seconds), row.GetDateTime(1));
    }

    private async Task<int> DrawForwardAsync(DueFiring firing, TimeSpan silence, CancellationToken cancellationToken)
    {
        await using var command = database.Work.CreateCommand(DrawForward);
        command.Parameters.AddWithValue(DeviceUnit.SilenceDue);
        command.Parameters.AddWithValue(firing.Tenant.Value);
        command.Parameters.AddWithValue(ChunkRows);
        command.Parameters.AddWithValue(firing.Now.ToDateTimeOffset());
        command.Parameters.Add(new NpgsqlParameter { Value = silence, NpgsqlDbType = NpgsqlDbType.Interval });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
