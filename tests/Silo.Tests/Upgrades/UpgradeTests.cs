using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace FieldCrm.Silo.Tests.Upgrades;

/// <summary>A database as an older version left it, with data in it, brought to this one.</summary>
public sealed class UpgradeTests
{
    private const string Spine = "20261122190000_Spine";

    [Fact]
    public async Task Given_a_database_of_the_first_version_When_migrated_Then_its_people_are_there_and_may_get_a_password()
    {
        var postgres = await PostgresFixture.SharedAsync();
        var addresses = await postgres.CreateEmptyDatabaseAsync();
        await using var owner = NpgsqlDataSource.Create(addresses.Owner!);
        await using (var context = new FieldCrmContext(Migrator.Options(addresses.Owner!)))
            await context.GetService<IMigrator>().MigrateAsync(Spine);
        Assert.NotEmpty(await Migrator.PendingAsync(addresses, CancellationToken.None));
        await ExecuteAsync("""
            SET search_path = fieldcrm, public;
            INSERT INTO tenant (tenant_id, name, settings, created_at) VALUES (1, 'harbour', '{"retentionDays":90}', now());
            INSERT INTO app_user (user_id, tenant_id, name, role, created_at)
                VALUES ('11111111-2222-8333-8444-555555555555', 1, 'ana', 'admin', '2026-01-02Z');
            INSERT INTO one_time_link (link_hash, tenant_id, user_id, expires_at)
                VALUES ('\x01', 1, '11111111-2222-8333-8444-555555555555', now() + interval '1 day');
            INSERT INTO device (device_id, tenant_id, unique_id, name, accepts_enrolment, created_at) VALUES (7, 1, 'van', 'Van', false, now());
            INSERT INTO alarm (alarm_id, tenant_id, device_id, kind, started_at, payload, is_withdrawn, source_version)
                VALUES (gen_random_uuid(), 1, 7, 1, now(), '{}', false, 1)
            """);

        await Migrator.MigrateAsync(addresses, CancellationToken.None);

        Assert.Empty(await Migrator.PendingAsync(addresses, CancellationToken.None));
        Assert.Equal(
            "ana admin 00000000-0000-0000-0000-000000000000 1",
            await ScalarAsync("SELECT u.name || ' ' || u.role || ' ' || u.session_stamp || ' ' || count(l.*) FROM fieldcrm.app_user u JOIN fieldcrm.one_time_link l USING (user_id) GROUP BY u.user_id"));
        Assert.Equal(
            "Van 0 - open", // what was there is a vehicle of no phone, and its alarm is nobody's yet
            await ScalarAsync("SELECT d.name || ' ' || d.kind || ' ' || coalesce(d.phone, '-') || ' ' || CASE WHEN a.acknowledged_at IS NULL THEN 'open' END FROM fieldcrm.device d JOIN fieldcrm.alarm a USING (device_id)"));
        await using var silo = NpgsqlDataSource.Create(addresses.Silo);
        await using var set = silo.CreateCommand(
            "INSERT INTO user_login (user_id, tenant_id, password_hash, tries) SELECT user_id, tenant_id, 'h', 0 FROM app_user");
        Assert.Equal(1, await set.ExecuteNonQueryAsync());
        Assert.Equal(await SchemaAsync(owner), await FreshSchemaAsync(postgres));

        async Task ExecuteAsync(string sql)
        {
            await using var command = owner.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }

        async Task<object?> ScalarAsync(string sql)
        {
            await using var command = owner.CreateCommand(sql);
            return await command.ExecuteScalarAsync();
        }
    }

    private static async Task<string> FreshSchemaAsync(PostgresFixture postgres)
    {
        var fresh = await postgres.CreateDatabaseAsync();
        await using var owner = NpgsqlDataSource.Create(fresh.Owner!);
        return await SchemaAsync(owner);
    }

    /// <summary>Every column, right and policy of the schema.</summary>
    private static async Task<string> SchemaAsync(NpgsqlDataSource owner)
    {
        await using var command = owner.CreateCommand("""
            SELECT string_agg(line, E'\n' ORDER BY line) FROM (
                SELECT c.relname || ' ' || c.relkind::text || ' ' || c.relrowsecurity::text || c.relforcerowsecurity::text || ' ' || coalesce(c.relacl::text, '') AS line
                    FROM pg_class c WHERE c.relnamespace = 'fieldcrm'::regnamespace AND c.relname NOT LIKE 'fix_2%'
                UNION ALL SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
                    FROM information_schema.columns WHERE table_schema = 'fieldcrm' AND table_name NOT LIKE 'fix_2%'
                UNION ALL SELECT tablename || ' ' || policyname || ' ' || qual FROM pg_policies WHERE schemaname = 'fieldcrm' AND tablename NOT LIKE 'fix_2%'
                UNION ALL SELECT proname || ' ' || proowner::regrole || ' ' || coalesce(proacl::text, '') FROM pg_proc WHERE pronamespace = 'fieldcrm'::regnamespace
            ) lines
            """);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
