using System.Collections.Immutable;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Devices;
using NpgsqlTypes;

namespace FieldCrm.Silo.Tenants;

/// <summary>
/// What a tenant's events do to its read models. Where an index is the truth about uniqueness, the row is left out on
/// conflict and missed by its count: the unit is refused as a conflict and decided again on what is stored.
/// </summary>
internal static partial class TenantStatements
{
    public static ImmutableArray<SqlStatement> Of(TenantId tenant, ImmutableArray<TenantEvent> events, UtcMicros now)
    {
        var statements = ImmutableArray.CreateBuilder<SqlStatement>();
        DeviceRegistered[] registered = [.. events.OfType<DeviceRegistered>()];
        if (registered.Length > 0)
        {
            statements.Add(Insert(tenant, registered, now));
            statements.Add(Notify(DirectoryNotice.Added));
        }
        foreach (var happened in events)
            statements.AddRange(Of(tenant, happened, now));
        return statements.DrainToImmutable();
    }

    private static ImmutableArray<SqlStatement> Of(TenantId tenant, TenantEvent happened, UtcMicros now) => happened switch
    {
        TenantAdded added => [One(
            "INSERT INTO tenant (tenant_id, name, settings, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            Int(added.Tenant.Value), Text(added.Name), Settings(TenantSettings.Default), Time(now))],
        SettingsChanged changed => [
            One("UPDATE tenant SET settings = $2 WHERE tenant_id = $1", Int(tenant.Value), Settings(changed.Settings)),
            ShorterSilence.Ask(tenant, now)],
        EnrolmentRotated rotated => [
            One("UPDATE tenant SET enrolment_token_hash = $2 WHERE tenant_id = $1", Int(tenant.Value), Hash(rotated.TokenHash)),
            Notify(DirectoryNotice.OfEnrolment(tenant))],
        DeviceRegistered => [],
        DeviceRenamed renamed => Changed(Device("name = $3", tenant, renamed.Device, Text(renamed.Name)), renamed.Device),
        DeviceDescribed described => Changed(
            Device("kind = $3, phone = $4", tenant, described.Device, Short((short)described.Kind), Text(described.Phone)), described.Device),
        DeviceHolderChanged held => Changed(
            Device("holder_id = $3", tenant, held.Device, new SqlValue(held.UserId, NpgsqlDbType.Uuid)), held.Device),
        DeviceDisabled disabled => Changed(Device("disabled_at = $3", tenant, disabled.Device, Time(now)), disabled.Device),
        DeviceEnabled enabled => Changed(Device("disabled_at = NULL", tenant, enabled.Device), enabled.Device),
        DeviceTokenRotated rotated => Changed(
            Device("token_hash = $3", tenant, rotated.Device, Hash(rotated.TokenHash)), rotated.Device),
        DeviceTokenRevoked revoked => Changed(Device("token_hash = NULL", tenant, revoked.Device), revoked.Device),
        EnrolmentAllowed allowed => Changed(Device("accepts_enrolment = true", tenant, allowed.Device), allowed.Device),
        EnrolmentForbidden forbidden => Changed(Device("accepts_enrolment = false", tenant, forbidden.Device), forbidden.Device),
        UnregisteredListed listed => [One(
            "INSERT INTO unregistered (tenant_id, claimed_id, protocol, first_seen_at, last_seen_at, request_count) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            Int(tenant.Value), Text(listed.ClaimedId), Text(listed.Protocol), Time(listed.FirstSeenAt), Time(listed.LastSeenAt), Long(listed.RequestCount))],
        UnregisteredSeenAgain seen => [new SqlStatement(
            "UPDATE unregistered SET protocol = $3, last_seen_at = greatest(last_seen_at, $4), request_count = request_count + $5 WHERE tenant_id = $1 AND claimed_id = $2",
            [Int(tenant.Value), Text(seen.ClaimedId), Text(seen.Protocol), Time(seen.LastSeenAt), Long(seen.RequestCount)])],
        UnregisteredNotListed => [],
        UnregisteredAdmitted admitted => [Forget(tenant, admitted.ClaimedId)],
        UnregisteredForgotten forgotten => [Forget(tenant, forgotten.ClaimedId)],
        BulkLookNoticed => [],
        AlarmRaised raised => [Alarm(tenant, raised.Report)],
        AlarmCorrected corrected => [Alarm(tenant, corrected.Report)],
        AlarmWithdrawn withdrawn => [Alarm(tenant, withdrawn.Report)],
        AlarmAcknowledged acknowledged => [Acknowledge(tenant, acknowledged, now)],
        PlugPulled => [],
        _ => OfUser(tenant, happened, now),
    };

    private static SqlStatement Insert(TenantId tenant, DeviceRegistered[] devices, UtcMicros now) => new(
        """
        INSERT INTO device (device_id, tenant_id, unique_id, name, token_hash, accepts_enrolment, bare_id, created_at, kind, phone)
        SELECT id, $1, unique_id, name, token_hash, accepts_enrolment, bare_id, $2, kind, phone
        FROM unnest($3, $4, $5, $6, $7, $8, $9, $10) AS new (id, unique_id, name, token_hash, accepts_enrolment, bare_id, kind, phone)
        ON CONFLICT DO NOTHING
        """,
        [
            Int(tenant.Value), Time(now),
            Array(devices.Select(d => d.Device.Value), NpgsqlDbType.Integer),
            Array(devices.Select(d => d.UniqueId), NpgsqlDbType.Text),
            Array(devices.Select(d => d.Name), NpgsqlDbType.Text),
            Array(devices.Select(d => d.TokenHash?.ToBytes()), NpgsqlDbType.Bytea),
            Array(devices.Select(d => d.AcceptsEnrolment), NpgsqlDbType.Boolean),
            Array(devices.Select(d => d.BareId), NpgsqlDbType.Text),
            Array(devices.Select(d => (short)d.Kind), NpgsqlDbType.Smallint),
            Array(devices.Select(d => d.Phone), NpgsqlDbType.Text),
        ],
        devices.Length);

    private static SqlStatement Alarm(TenantId tenant, ReportAlarm report) => One(
        """
        INSERT INTO alarm (alarm_id, tenant_id, device_id, kind, started_at, payload, is_withdrawn, source_version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (alarm_id) DO UPDATE SET kind = excluded.kind, started_at = excluded.started_at,
            payload = excluded.payload, is_withdrawn = excluded.is_withdrawn, source_version = excluded.source_version
        WHERE alarm.source_version < excluded.source_version AND alarm.tenant_id = excluded.tenant_id
        """,
        Id(report.AlarmId), Int(tenant.Value), Int(report.Device.Value), Short((short)report.Kind),
        Time(report.StartedAt), new SqlValue(report.PayloadJson, NpgsqlDbType.Json),
        new SqlValue(report.IsWithdrawn, NpgsqlDbType.Boolean), Long(report.SourceVersion));

    private static SqlStatement Acknowledge(TenantId tenant, AlarmAcknowledged acknowledged, UtcMicros now) => One(
        "UPDATE alarm SET acknowledged_at = $3, acknowledged_by_kind = $4, acknowledged_by_id = $5 WHERE tenant_id = $1 AND alarm_id = $2 AND acknowledged_at IS NULL",
        Int(tenant.Value), Id(acknowledged.AlarmId), Time(now), Text(acknowledged.By?.Kind ?? ActorKind.System),
        new SqlValue(acknowledged.By?.Id, NpgsqlDbType.Uuid));

    private static SqlStatement Device(string set, TenantId tenant, DeviceId device, params ReadOnlySpan<SqlValue> values) =>
        One($"UPDATE device SET {set} WHERE tenant_id = $1 AND device_id = $2", [Int(tenant.Value), Int(device.Value), .. values]);

    private static ImmutableArray<SqlStatement> Changed(SqlStatement update, DeviceId device) => [update, Notify(DirectoryNotice.Of(device))];

    private static SqlStatement Forget(TenantId tenant, string claimedId) => One(
        "DELETE FROM unregistered WHERE tenant_id = $1 AND claimed_id = $2", Int(tenant.Value), Text(claimedId));

    private static SqlStatement Notify(string notice) =>
        new($"SELECT pg_notify('{DirectoryNotice.Channel}', $1)", [Text(notice)]);

    private static SqlStatement One(string text, params ImmutableArray<SqlValue> values) => new(text, values, ExpectedRows: 1);

    private static SqlValue Int(int value) => new(value, NpgsqlDbType.Integer);

    private static SqlValue Short(short value) => new(value, NpgsqlDbType.Smallint);

    private static SqlValue Long(long value) => new(value, NpgsqlDbType.Bigint);

    private static SqlValue Text(string? value) => new(value, NpgsqlDbType.Text);

    private static SqlValue Id(Guid value) => new(value, NpgsqlDbType.Uuid);

    private static SqlValue Time(UtcMicros value) => new(value.ToDateTimeOffset().UtcDateTime, NpgsqlDbType.TimestampTz);

    private static SqlValue Hash(SecretHash value) => new(value.ToBytes(), NpgsqlDbType.Bytea);

    private static SqlValue Bool(bool value) => new(value, NpgsqlDbType.Boolean);

    private static SqlValue Settings(TenantSettings settings) =>
        new(JsonSerializer.Serialize(settings, TenantJson.Default.TenantSettings), NpgsqlDbType.Jsonb);

    private static SqlValue Array<T>(IEnumerable<T> values, NpgsqlDbType element) =>
        new(values.ToArray(), NpgsqlDbType.Array | element);
}
