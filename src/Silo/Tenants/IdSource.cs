using FieldCrm.Core;
using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Silo.Tenants;

/// <summary>Draws ids that no row has. An id that is not used in the end leaves a gap, which nothing minds.</summary>
public sealed class IdSource(FieldCrmDatabase database)
{
    public async Task<DeviceId[]> NextDevicesAsync(int count, CancellationToken cancellationToken)
    {
        await using var draw = database.Api.CreateCommand(
            "SELECT nextval('device_id_seq')::int FROM generate_series(1, $1)");
        draw.Parameters.Add(new NpgsqlParameter<int> { TypedValue = count });
        await using var rows = await draw.ExecuteReaderAsync(cancellationToken);
        var ids = new DeviceId[count];
        for (var i = 0; await rows.ReadAsync(cancellationToken); i++)
            ids[i] = new DeviceId(rows.GetInt32(0));
        return ids;
    }

    public async Task<TenantId> NextTenantAsync(CancellationToken cancellationToken)
    {
        await using var draw = database.Api.CreateCommand("SELECT nextval('tenant_id_seq')::int");
        return new TenantId((int)(await draw.ExecuteScalarAsync(cancellationToken))!);
    }
}
