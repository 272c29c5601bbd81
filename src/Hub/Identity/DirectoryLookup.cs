using FieldCrm.Core;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.Identity;

/// <summary>What the database knows of a token or a claimed id.</summary>
internal sealed class DirectoryLookup(FieldCrmDatabase database)
{
    // A look-up takes well under a millisecond; waiting longer than this helps no device.
    private const int TimeoutSeconds = 5;

    /// <summary>A device's token, else a tenant's enrolment token (<see cref="ReporterStatus.Unregistered"/>).</summary>
    public async Task<Reporter> ByTokenAsync(TokenKey token)
    {
        await using var find = Command(
            """
            SELECT device_id, tenant_id, is_disabled, is_person, holder_id FROM device_by_token($1)
            UNION ALL SELECT NULL, tenant_id, false, false, NULL FROM tenant_by_enrolment($1)
            """);
        find.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = token.ToBytes(), NpgsqlDbType = NpgsqlDbType.Bytea });
        await using var row = await find.ExecuteReaderAsync();
        if (!await row.ReadAsync())
            return default;
        return row.IsDBNull(0) ? Reporter.Unregistered(new TenantId(row.GetInt32(1))) : Device(row);
    }

    public async Task<Reporter> ByClaimAsync(ClaimKey claim)
    {
        await using var find = Command(claim.Tenant is null
            ? "SELECT device_id, tenant_id, is_disabled, is_person, holder_id FROM device_by_bare_id($1)"
            : "SELECT device_id, tenant_id, is_disabled, is_person, holder_id FROM device_by_enrolment($2, $1)");
        find.Parameters.Add(new NpgsqlParameter<string> { TypedValue = claim.ClaimedId, NpgsqlDbType = NpgsqlDbType.Text });
        if (claim.Tenant is { } tenant)
            find.Parameters.Add(new NpgsqlParameter<int> { TypedValue = tenant, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var row = await find.ExecuteReaderAsync();
        return await row.ReadAsync() ? Device(row) : Reporter.Unregistered(new TenantId(claim.Tenant ?? 0));
    }

    private NpgsqlCommand Command(string sql)
    {
        var command = database.Api.CreateCommand(sql);
        command.CommandTimeout = TimeoutSeconds;
        return command;
    }

    private static Reporter Device(NpgsqlDataReader row) => new(
        row.GetBoolean(2) ? ReporterStatus.Disabled : ReporterStatus.Known,
        new TenantId(row.GetInt32(1)), new DeviceId(row.GetInt32(0)), row.GetBoolean(3), row.IsDBNull(4) ? null : row.GetGuid(4));
}
