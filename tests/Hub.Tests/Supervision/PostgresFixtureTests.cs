using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Supervision;

public sealed class PostgresFixtureTests
{
    [Fact]
    public async Task Given_the_shared_cluster_When_two_databases_are_made_Then_each_is_migrated_and_its_own()
    {
        var postgres = await PostgresFixture.SharedAsync();
        var one = await postgres.CreateDatabaseAsync();
        var two = await postgres.CreateDatabaseAsync();

        Assert.Equal(1L, await ScalarAsync(one.Owner!, "INSERT INTO fieldcrm.tenant_id_seq_probe SELECT 1 RETURNING 1::bigint", create: true));
        Assert.Equal(false, await ScalarAsync(two.Owner!, "SELECT to_regclass('fieldcrm.tenant_id_seq_probe') IS NOT NULL"));
        Assert.Equal(true, await ScalarAsync(two.Silo, "SELECT to_regclass('fieldcrm.fix') IS NOT NULL"));
        Assert.Equal(0L, await ScalarAsync(two.Api, "SELECT count(*) FROM fieldcrm.device"));
    }

    private static async Task<object?> ScalarAsync(string address, string sql, bool create = false)
    {
        await using var connection = new NpgsqlConnection(address);
        await connection.OpenAsync();
        if (create)
        {
            await using var table = new NpgsqlCommand("CREATE TABLE fieldcrm.tenant_id_seq_probe (n int)", connection);
            await table.ExecuteNonQueryAsync();
        }
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
