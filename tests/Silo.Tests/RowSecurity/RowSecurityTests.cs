using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Silo.Tests.RowSecurity;

/// <summary>
/// Reads every table as the role of requests with no filter at all: what keeps tenants apart here is PostgreSQL alone.
/// </summary>
public sealed class RowSecurityTests : StoreTest
{
    private const string Denied = PostgresErrorCodes.InsufficientPrivilege;

    private NpgsqlDataSource _api = null!;
    private NpgsqlDataSource _silo = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync(TwoTenants.Seed);
        _api = NpgsqlDataSource.Create(Addresses.Api);
        _silo = NpgsqlDataSource.Create(Addresses.Silo);
    }

    public override async Task DisposeAsync()
    {
        await _api.DisposeAsync();
        await _silo.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Given_the_schema_When_listed_Then_every_table_is_classified_and_seeded()
    {
        var tables = await TablesAsync();
        Assert.Equal(
            TableClasses.All.Keys.Order(StringComparer.Ordinal), tables.Where(t => !TableClasses.IsLeaf(t)).Order(StringComparer.Ordinal));
        foreach (var table in WithTenant())
            Assert.Equal<int[]>([1, 2], await ColumnAsync<int>($"SELECT DISTINCT tenant_id FROM {table} WHERE tenant_id <> 0 ORDER BY 1"));
        Assert.Equal<string[]>(
            [.. WithTenant().Append(TwoTenants.Leaf).Order(StringComparer.Ordinal)],
            [.. (await ColumnAsync<string>("""
                SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
                WHERE c.relnamespace = 'fieldcrm'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                """)).Order(StringComparer.Ordinal)]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Given_a_tenant_When_every_table_is_read_as_api_Then_its_own_rows_or_refused(int tenant)
    {
        foreach (var (table, kind) in TableClasses.All)
        {
            var seen = await ReadAsApiAsync($"SELECT * FROM {table}", tenant.ToString(System.Globalization.CultureInfo.InvariantCulture));
            if (kind is TableClass.TenantHidden or TableClass.Internal)
                Assert.Equal((table, Denied), (table, seen.Error));
            else if (kind is TableClass.TenantRead)
                Assert.Equal((table, null, 1, tenant), (table, seen.Error, seen.Tenants.Count, seen.Tenants.FirstOrDefault()));
            else
                Assert.Equal((table, null), (table, seen.Error));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("3")]
    public async Task Given_no_tenant_or_one_without_rows_When_every_table_is_read_as_api_Then_no_row(string? setting)
    {
        foreach (var (table, kind) in TableClasses.All.Where(t => t.Value is TableClass.TenantRead))
        {
            var seen = await ReadAsApiAsync($"SELECT * FROM {table}", setting);
            Assert.Equal((table, kind, null, 0), (table, kind, seen.Error, seen.Tenants.Count));
        }
    }

    [Fact]
    public async Task Given_a_pooled_session_that_had_a_tenant_When_the_next_transaction_names_none_Then_no_row()
    {
        await using var connection = await _api.OpenConnectionAsync();
        await using (var first = await connection.BeginTransactionAsync())
        {
            await RunAsync(connection, "SELECT set_config('app.tenant', '1', true)");
            Assert.Equal(1L, await RunAsync(connection, "SELECT count(*) FROM device"));
        }
        Assert.Equal("", await RunAsync(connection, "SELECT current_setting('app.tenant', true)"));
        Assert.Equal(0L, await RunAsync(connection, "SELECT count(*) FROM device"));
    }

    [Fact]
    public async Task Given_a_text_that_is_no_tenant_When_read_as_api_Then_refused()
    {
        var seen = await ReadAsApiAsync("SELECT * FROM device", "1 OR true");
        Assert.Equal((PostgresErrorCodes.InvalidTextRepresentation, 0), (seen.Error, seen.Tenants.Count));
    }

    [Fact]
    public async Task Given_a_leaf_When_read_as_api_Then_refused()
    {
        var seen = await ReadAsApiAsync($"SELECT * FROM {TwoTenants.Leaf}", "1");
        Assert.Equal((Denied, 0), (seen.Error, seen.Tenants.Count));
    }

    [Fact]
    public async Task Given_every_table_with_a_tenant_and_every_leaf_When_looked_up_Then_row_security_is_forced()
    {
        var unforced = await ColumnAsync<string>("""
            SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
            WHERE c.relnamespace = 'fieldcrm'::regnamespace AND c.relkind IN ('r', 'p')
                AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                    AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
            """);
        Assert.Empty(unforced);
    }

    [Fact]
    public async Task Given_every_table_When_written_as_api_Then_refused()
    {
        foreach (var table in TableClasses.All.Keys.Where(t => t != "data_protection_key"))
        {
            foreach (var sql in new[] { $"DELETE FROM {table}", $"INSERT INTO {table} DEFAULT VALUES", $"TRUNCATE {table}" })
                Assert.Equal((sql, Denied), (sql, (await ReadAsApiAsync(sql, "1")).Error));
        }
        Assert.Equal(Denied, (await ReadAsApiAsync("UPDATE device SET name = 'x'", "1")).Error);
        Assert.Equal(Denied, (await ReadAsApiAsync("CREATE TABLE fieldcrm.mine (x int)", "1")).Error);
        Assert.Equal(Denied, (await ReadAsApiAsync("SELECT ensure_day('2026-11-21')", "1")).Error);
        Assert.Equal(Denied, (await ReadAsApiAsync("SELECT * FROM oldest_writer()", "1")).Error);
        Assert.Equal(Denied, (await ReadAsApiAsync("SELECT erase_positions(1, 10)", "1")).Error);
    }

    [Theory]
    [InlineData(RoleSql.Owner)]
    [InlineData(RoleSql.Lookup)]
    [InlineData(RoleSql.Silo)]
    [InlineData("postgres")]
    public async Task Given_another_role_When_api_or_silo_sets_it_Then_refused(string role)
    {
        Assert.Equal(Denied, (await ReadAsApiAsync($"SET ROLE {role}", "1")).Error);
        if (role != RoleSql.Silo)
            Assert.Equal(Denied, await ErrorAsSiloAsync($"SET ROLE {role}"));
    }

    [Fact]
    public async Task Given_the_silo_s_role_When_it_goes_beyond_committing_Then_refused()
    {
        foreach (var sql in new[]
        {
            "CREATE TABLE fieldcrm.mine (x int)", "CREATE TABLE public.mine (x int)", "DROP TABLE fieldcrm.due",
            "DELETE FROM fix", "UPDATE fix SET seq = 0", "DELETE FROM event", "UPDATE event SET type = 'x'",
            "UPDATE event_payload SET payload = '{}'", "DELETE FROM seal", "UPDATE seal SET root = ''", "DELETE FROM seal_leaf",
            $"SELECT * FROM {TwoTenants.Leaf}", "UPDATE instance SET feed_epoch = gen_random_uuid()", "DELETE FROM tenant",
            "UPDATE person_consent SET is_given = true", "DELETE FROM person_consent", "UPDATE person_look SET reason = 'x'",
            "UPDATE person_shift SET started_at = now()", "DELETE FROM person_erasure", "UPDATE person_erasure SET positions = 0",
            "SELECT * FROM device_by_token('')", "ALTER TABLE fix DISABLE ROW LEVEL SECURITY",
        })
            Assert.Equal((sql, Denied), (sql, await ErrorAsSiloAsync(sql)));
    }

    [Fact]
    public async Task Given_the_schema_s_functions_When_looked_up_Then_none_is_public_and_each_definer_sets_its_search_path()
    {
        Assert.Empty(await ColumnAsync<string>("""
            SELECT p.proname::text FROM pg_proc p WHERE p.pronamespace = 'fieldcrm'::regnamespace
                AND (p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) g WHERE g.grantee = 0))
            """));
        Assert.Empty(await ColumnAsync<string>("""
            SELECT p.proname::text FROM pg_proc p WHERE p.pronamespace = 'fieldcrm'::regnamespace
                AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%')
            """));
        Assert.Equal<string[]>(
            [
                "device_by_bare_id fieldcrm_lookup", "device_by_enrolment fieldcrm_lookup", "device_by_token fieldcrm_lookup",
                "ensure_day fieldcrm_owner", "erase_positions fieldcrm_owner", "login_of fieldcrm_lookup", "oldest_writer fieldcrm_owner", "tenant_by_enrolment fieldcrm_lookup",
                "tenant_by_name fieldcrm_lookup", "tenant_directory fieldcrm_lookup", "token_by_hash fieldcrm_lookup",
                "user_by_link fieldcrm_lookup", "user_by_name fieldcrm_lookup", "user_by_passkey fieldcrm_lookup",
            ],
            await ColumnAsync<string>("""
                SELECT p.proname || ' ' || p.proowner::regrole FROM pg_proc p
                WHERE p.pronamespace = 'fieldcrm'::regnamespace AND p.prosecdef ORDER BY p.proname COLLATE "C"
                """));
    }

    [Fact]
    public async Task Given_the_look_ups_When_called_as_api_with_no_tenant_Then_ids_only()
    {
        await using var connection = await _api.OpenConnectionAsync();
        foreach (var call in new[]
        {
            "SELECT device_id || ' ' || tenant_id || ' ' || is_disabled FROM device_by_token('\\x02')",
            "SELECT device_id || ' ' || tenant_id || ' ' || is_disabled FROM device_by_bare_id('bare2')",
            "SELECT device_id || ' ' || tenant_id || ' ' || is_disabled FROM device_by_enrolment(2, 'd2')",
        })
            Assert.Equal((call, (object?)"2 2 false"), (call, await RunAsync(connection, call)));
        Assert.Equal(2, await RunAsync(connection, "SELECT tenant_id FROM user_by_name('u2')"));
        Assert.Equal(1, await RunAsync(connection, "SELECT tenant_id FROM user_by_link('\\x01')"));
        Assert.Equal(2, await RunAsync(connection, "SELECT tenant_id FROM user_by_passkey('\\x02')"));
        Assert.Equal(1, await RunAsync(connection, "SELECT tenant_id FROM token_by_hash('\\x01')"));
        Assert.Null(await RunAsync(connection, "SELECT device_id FROM device_by_token('\\x03')"));
    }

    [Fact]
    public async Task Given_a_password_s_hash_When_asked_for_as_api_Then_in_its_own_tenant_only()
    {
        var theirs = await ScalarAsync<Guid>("SELECT user_id FROM app_user WHERE tenant_id = 2");
        await using var connection = await _api.OpenConnectionAsync();
        foreach (var (tenant, expected) in new[] { ("2", (object?)"hash2"), ("1", null), ("", null) })
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await RunAsync(connection, $"SELECT set_config('app.tenant', '{tenant}', true)");
            Assert.Equal((tenant, expected), (tenant, await RunAsync(connection, $"SELECT password_hash FROM login_of('{theirs}')")));
        }
    }

    private static IEnumerable<string> WithTenant() =>
        TableClasses.All.Where(t => t.Value is TableClass.TenantRead or TableClass.TenantHidden).Select(t => t.Key);

    private Task<string[]> TablesAsync() => ColumnAsync<string>("""
        SELECT relname::text FROM pg_class
        WHERE relnamespace = 'fieldcrm'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
        """);

    /// <returns>The tenants of the rows seen, one a row, or the SQLSTATE of the refusal.</returns>
    private async Task<(List<int> Tenants, string? Error)> ReadAsApiAsync(string sql, string? tenant)
    {
        await using var connection = await _api.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var tenants = new List<int>();
        try
        {
            if (tenant is not null)
            {
                await using var name = new NpgsqlCommand("SELECT set_config('app.tenant', $1, true)", connection);
                name.Parameters.AddWithValue(tenant);
                await name.ExecuteNonQueryAsync();
            }
            await using var command = new NpgsqlCommand(sql, connection);
            await using var reader = await command.ExecuteReaderAsync();
            var column = Enumerable.Range(0, reader.FieldCount).FirstOrDefault(i => reader.GetName(i) == "tenant_id", -1);
            while (await reader.ReadAsync())
                tenants.Add(column < 0 ? 0 : reader.GetInt32(column));
            return (tenants, null);
        }
        catch (PostgresException e)
        {
            return (tenants, e.SqlState);
        }
    }

    private async Task<string?> ErrorAsSiloAsync(string sql)
    {
        try
        {
            await using var command = _silo.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
            return null;
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
