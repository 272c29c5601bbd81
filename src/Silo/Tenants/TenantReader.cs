using System.Collections.Immutable;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Ledger;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Tenants;

/// <summary>What a tenant's grain reads: its state, and the rows that a command names.</summary>
internal sealed partial class TenantReader(FieldCrmDatabase database)
{
    /// <summary>Null where there is no such tenant.</summary>
    public async Task<StoredTenant?> LoadAsync(TenantId tenant)
    {
        await using var command = database.Silo.CreateCommand(
            """
            SELECT t.name, t.settings::text, t.enrolment_token_hash IS NOT NULL,
                   (SELECT count(*)::int FROM device d WHERE d.tenant_id = t.tenant_id),
                   (SELECT count(*)::int FROM app_user u WHERE u.tenant_id = t.tenant_id),
                   (SELECT count(*)::int FROM unregistered n WHERE n.tenant_id = t.tenant_id),
                   e.version, e.hash
            FROM tenant t
            LEFT JOIN LATERAL (SELECT version, hash FROM event WHERE stream = $2 ORDER BY version DESC LIMIT 1) e ON true
            WHERE t.tenant_id = $1
            """);
        command.Parameters.Add(Int(tenant.Value));
        command.Parameters.Add(Text(StreamName.Of(tenant)));
        await using var row = await command.ExecuteReaderAsync();
        if (!await row.ReadAsync())
            return null;
        var state = new TenantState
        {
            Id = tenant,
            Name = row.GetString(0),
            Settings = JsonSerializer.Deserialize(row.GetString(1), TenantJson.Default.TenantSettings) ?? TenantSettings.Default,
            HasEnrolment = row.GetBoolean(2),
            DeviceCount = row.GetInt32(3),
            UserCount = row.GetInt32(4),
            UnregisteredCount = row.GetInt32(5),
        };
        return new StoredTenant(state, row.IsDBNull(6) ? StreamHead.Empty : new StreamHead(row.GetInt64(6), row.GetFieldValue<byte[]>(7)));
    }

    public async Task<TenantFacts> FactsAsync(TenantId tenant, TenantCommand command) => command switch
    {
        AddTenant add => new TenantFacts
        {
            IsTenantNameTaken = await ExistsAsync("SELECT 1 FROM tenant WHERE name = $1", Text(add.Name)),
        },
        RegisterDevices register => await OfNewDevicesAsync(tenant, register.Devices),
        AdmitDevice admit => await OfNewDevicesAsync(tenant, [admit.Device]) with
        {
            ListedClaims = await ListedAsync(tenant, [admit.Device.UniqueId]),
        },
        ChangeDevice change => await OfDeviceAsync(tenant, change.Device),
        HoldDevice hold => await OfHeldDeviceAsync(tenant, hold),
        RenameDevice rename => await OfDeviceAsync(tenant, rename.Device),
        DisableDevice disable => await OfDeviceAsync(tenant, disable.Device),
        EnableDevice enable => await OfDeviceAsync(tenant, enable.Device),
        RotateDeviceToken rotate => await OfDeviceAsync(tenant, rotate.Device),
        RevokeDeviceToken revoke => await OfDeviceAsync(tenant, revoke.Device),
        AllowEnrolment allow => await OfDeviceAsync(tenant, allow.Device),
        NoteUnregistered note => new TenantFacts
        {
            ListedClaims = await ListedAsync(tenant, [.. note.Sightings.Select(s => s.ClaimedId)]),
        },
        ForgetUnregistered forget => new TenantFacts { ListedClaims = await ListedAsync(tenant, [forget.ClaimedId]) },
        AddUser add => new TenantFacts
        {
            IsUserNameTaken = await ExistsAsync("SELECT 1 FROM app_user WHERE name = $1", Text(add.Name)),
        },
        DisableUser disable => await OfUserAndAdminsAsync(tenant, disable.UserId),
        EnableUser enable => await OfUserAsync(tenant, enable.UserId),
        ChangeRole change => await OfUserAndAdminsAsync(tenant, change.UserId),
        EndSessions end => await OfUserAsync(tenant, end.UserId),
        CreateLink create => await OfUserAsync(tenant, create.UserId),
        BeginPasswordTry begin => await OfLoginAsync(tenant, begin.UserId),
        NotePasswordFailed failed => await OfLoginAsync(tenant, failed.UserId),
        SetPassword set => await OfUserAsync(tenant, set.UserId),
        CompleteSignIn { Passkey: { } used } complete => await OfPasskeyAsync(tenant, complete.UserId, used.CredentialId),
        CompleteSignIn complete => await OfUserAsync(tenant, complete.UserId),
        AddPasskey add => await OfNewPasskeyAsync(tenant, add),
        RenamePasskey rename => await OfPasskeyAsync(tenant, rename.UserId, rename.CredentialId),
        RemovePasskey remove => await OfPasskeyAsync(tenant, remove.UserId, remove.CredentialId),
        SignInExternal external => await OfExternalAsync(tenant, external),
        AddToken => new TenantFacts { TokenCount = await CountAsync(
            "SELECT count(*)::int FROM api_token WHERE tenant_id = $1 AND revoked_at IS NULL AND expires_at > now()", Int(tenant.Value)) },
        RevokeToken revoke => await OfTokenAsync(tenant, revoke.TokenId),
        NoteTokenUsed used => await OfTokenAsync(tenant, used.TokenId),
        RedeemLink redeem => await OfLinkAsync(tenant, redeem.LinkHash),
        ReportAlarm report => await OfAlarmAsync(tenant, report.AlarmId, report.Device),
        AcknowledgeAlarm acknowledge => await OfAlarmAsync(tenant, acknowledge.AlarmId, device: null),
        _ => TenantFacts.None,
    };

    private async Task<TenantFacts> OfNewDevicesAsync(TenantId tenant, ImmutableArray<NewDevice> devices)
    {
        var known = await DevicesAsync("tenant_id = $1 AND unique_id = ANY($2)", Int(tenant.Value), Texts(devices.Select(d => d.UniqueId)));
        string[] bareIds = [.. devices.Select(d => d.BareId).OfType<string>()];
        if (bareIds.Length == 0)
            return new TenantFacts { Devices = known };
        return new TenantFacts
        {
            Devices = known,
            TakenBareIds = await TextsAsync("SELECT bare_id FROM device WHERE bare_id = ANY($1)", Texts(bareIds)),
        };
    }

    private async Task<TenantFacts> OfDeviceAsync(TenantId tenant, DeviceId device) => new()
    {
        Devices = await DevicesAsync("tenant_id = $1 AND device_id = $2", Int(tenant.Value), Int(device.Value)),
    };

    private async Task<TenantFacts> OfHeldDeviceAsync(TenantId tenant, HoldDevice hold) => (await OfDeviceAsync(tenant, hold.Device)) with
    {
        User = hold.UserId is { } user ? await UserAsync(tenant, user) : null,
        HasPositions = await ExistsAsync(
            """
            SELECT 1 WHERE EXISTS (SELECT FROM fix WHERE device_id = $1) OR EXISTS (SELECT FROM device_event WHERE device_id = $1)
                OR EXISTS (SELECT FROM alarm WHERE device_id = $1)
            """, Int(hold.Device.Value)),
        IsHolderOnShift = await ExistsAsync(
            "SELECT 1 FROM device d JOIN person_shift s ON s.user_id = d.holder_id AND s.ended_at IS NULL WHERE d.device_id = $1",
            Int(hold.Device.Value)),
    };

    private async Task<ImmutableArray<KnownDevice>> DevicesAsync(string where, params NpgsqlParameter[] values)
    {
        await using var command = database.Silo.CreateCommand(
            $"SELECT device_id, unique_id, name, disabled_at IS NOT NULL, accepts_enrolment, token_hash IS NOT NULL, kind, phone, holder_id FROM device WHERE {where}");
        command.Parameters.AddRange(values);
        await using var rows = await command.ExecuteReaderAsync();
        var devices = ImmutableArray.CreateBuilder<KnownDevice>();
        while (await rows.ReadAsync())
        {
            devices.Add(new KnownDevice(
                new DeviceId(rows.GetInt32(0)), rows.GetString(1), rows.GetString(2), rows.GetBoolean(3),
                rows.GetBoolean(4), rows.GetBoolean(5), (UnitKind)rows.GetInt16(6), rows.IsDBNull(7) ? null : rows.GetString(7),
                rows.IsDBNull(8) ? null : rows.GetGuid(8)));
        }
        return devices.DrainToImmutable();
    }

    private Task<ImmutableArray<string>> ListedAsync(TenantId tenant, string[] claimedIds) => TextsAsync(
        "SELECT claimed_id FROM unregistered WHERE tenant_id = $1 AND claimed_id = ANY($2)", Int(tenant.Value), Texts(claimedIds));

    /// <param name="device">Whose alarm it would be, where it is not stored yet.</param>
    private async Task<TenantFacts> OfAlarmAsync(TenantId tenant, Guid alarm, DeviceId? device)
    {
        await using var command = database.Silo.CreateCommand(
            """
            SELECT a.source_version, a.is_withdrawn, a.device_id, a.acknowledged_at IS NOT NULL,
                   EXISTS (SELECT FROM alarm o WHERE o.device_id = coalesce(a.device_id, $3) AND o.alarm_id <> $2
                           AND NOT o.is_withdrawn AND o.acknowledged_at IS NULL)
            FROM (SELECT 1) asked LEFT JOIN alarm a ON a.tenant_id = $1 AND a.alarm_id = $2
            """);
        command.Parameters.Add(Int(tenant.Value));
        command.Parameters.Add(Id(alarm));
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)device?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return new TenantFacts
        {
            Alarm = row.IsDBNull(0)
                ? null : new KnownAlarm(row.GetInt64(0), row.GetBoolean(1), new DeviceId(row.GetInt32(2)), row.GetBoolean(3)),
            HasOtherOpenAlarms = row.GetBoolean(4),
        };
    }

    public async Task<IReadOnlySet<DeviceId>> WithOpenAlarmAsync(TenantId tenant)
    {
        await using var command = database.Silo.CreateCommand(
            "SELECT DISTINCT device_id FROM alarm WHERE tenant_id = $1 AND NOT is_withdrawn AND acknowledged_at IS NULL");
        command.Parameters.Add(Int(tenant.Value));
        var devices = new HashSet<DeviceId>();
        await using var row = await command.ExecuteReaderAsync();
        while (await row.ReadAsync())
            devices.Add(new DeviceId(row.GetInt32(0)));
        return devices;
    }

    /// <summary>Events of the tenant's stream that tell of a device's alarms and still say where, oldest first.</summary>
    public async Task<List<long>> AlarmVersionsAsync(TenantId tenant, int device, UtcMicros before, int limit)
    {
        await using var command = database.Silo.CreateCommand(
            """
            SELECT e.version FROM event e JOIN event_payload p USING (stream, version)
            WHERE e.stream = $1 AND e.type = ANY ($2) AND p.position_at < $3 AND p.payload -> 'report' ->> 'device' = $4
            ORDER BY e.version LIMIT $5
            """);
        command.Parameters.Add(Text(StreamName.Of(tenant)));
        command.Parameters.Add(Texts([nameof(AlarmRaised), nameof(AlarmCorrected), nameof(AlarmWithdrawn)]));
        command.Parameters.Add(new NpgsqlParameter { Value = before.ToDateTimeOffset().UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(Text(device.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        command.Parameters.Add(Int(limit));
        await using var rows = await command.ExecuteReaderAsync();
        var versions = new List<long>();
        while (await rows.ReadAsync())
            versions.Add(rows.GetInt64(0));
        return versions;
    }

    private async Task<bool> ExistsAsync(string sql, NpgsqlParameter value)
    {
        await using var command = database.Silo.CreateCommand(sql);
        command.Parameters.Add(value);
        return await command.ExecuteScalarAsync() is not null;
    }

    private async Task<ImmutableArray<string>> TextsAsync(string sql, params NpgsqlParameter[] values)
    {
        await using var command = database.Silo.CreateCommand(sql);
        command.Parameters.AddRange(values);
        await using var rows = await command.ExecuteReaderAsync();
        var texts = ImmutableArray.CreateBuilder<string>();
        while (await rows.ReadAsync())
            texts.Add(rows.GetString(0));
        return texts.DrainToImmutable();
    }

    private static NpgsqlParameter Int(int value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Integer };

    private static NpgsqlParameter Id(Guid value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Uuid };

    private static NpgsqlParameter Text(string value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Texts(IEnumerable<string> values) =>
        new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}

internal sealed record StoredTenant(TenantState State, StreamHead Head);
