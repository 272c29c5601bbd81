using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Supervision;

public sealed class ExternalDatabaseTests
{
    private static readonly DatabasePasswords Generated = new("o", "a", "s");

    [Fact]
    public void Given_a_URL_of_the_owner_When_understood_Then_each_role_has_its_address_there()
    {
        var addresses = ExternalDatabase.Parse("postgres://fieldcrm_owner:p%40ss@db.example:6543/crm").Addresses(Generated);

        var owner = new NpgsqlConnectionStringBuilder(addresses.Owner);
        var api = new NpgsqlConnectionStringBuilder(addresses.Api);
        Assert.Equal(("db.example", 6543, "crm", "fieldcrm_owner", "p@ss"), (owner.Host, owner.Port, owner.Database, owner.Username, owner.Password));
        Assert.Equal(("db.example", 6543, "crm", "fieldcrm_api", "a"), (api.Host, api.Port, api.Database, api.Username, api.Password));
    }

    [Fact]
    public void Given_a_connection_string_with_TLS_When_understood_Then_every_role_uses_TLS()
    {
        var addresses = ExternalDatabase.Parse("Host=db.example;Username=boss;Password=x;SSL Mode=VerifyFull").Addresses(Generated);
        Assert.Equal(SslMode.VerifyFull, new NpgsqlConnectionStringBuilder(addresses.Silo).SslMode);
        Assert.Equal("fieldcrm", new NpgsqlConnectionStringBuilder(addresses.Silo).Database);
        Assert.Equal("o", new NpgsqlConnectionStringBuilder(addresses.Owner).Password);
    }

    [Theory]
    [InlineData("postgres://")]
    [InlineData("nonsense")]
    [InlineData("Host=x;Colour=red")]
    public void Given_an_address_that_is_none_When_read_Then_one_line_says_what_it_should_be(string value)
    {
        var refused = Assert.Throws<StartRefusedException>(() => ExternalDatabase.Parse(value));
        Assert.Equal("database.address", refused.Failure.Code);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Given_an_account_without_our_roles_When_migrated_Then_the_administrators_SQL_is_printed_and_works()
    {
        await using var server = await PostgresFixture.OwnAsync();
        var superuser = new NpgsqlConnectionStringBuilder(server.SuperuserAddress);
        await using var hub = new HubProcess();
        hub.Environment[ExternalDatabase.Variable] = $"postgres://fieldcrm_owner:known@127.0.0.1:{superuser.Port}/outside";

        var (code, sql, error) = await hub.RunAsync("migrate");

        Assert.Equal(ExitCode.NeedsAdministrator, code);
        Assert.Equal("Roles or extensions are missing in the database: an administrator must run the SQL above once.\n", error);
        await RunAsAdministratorAsync(superuser, sql);
        Assert.Equal((ExitCode.Ok, "The database is at this program's schema.\n", ""), await hub.RunAsync("migrate"));
        Assert.False(Directory.Exists(Path.Combine(hub.Directory, "postgres")));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Given_a_superusers_account_When_started_Then_what_is_missing_is_made_and_it_serves()
    {
        await using var server = await PostgresFixture.OwnAsync();
        var superuser = new NpgsqlConnectionStringBuilder(server.SuperuserAddress);
        await using var hub = new HubProcess();
        hub.Environment[ExternalDatabase.Variable] =
            $"postgres://postgres:{superuser.Password}@127.0.0.1:{superuser.Port}/outside";

        await hub.StartReadyAsync();

        Assert.Equal(0, hub.PostmasterId);
        hub.AskToStop();
        Assert.Equal(0, await hub.ExitedAsync(TimeSpan.FromSeconds(30)));
    }

    /// <summary>As psql would: statements outside a transaction, <c>\connect</c> to change the database.</summary>
    private static async Task RunAsAdministratorAsync(NpgsqlConnectionStringBuilder superuser, string script)
    {
        foreach (var section in script.Split("\\connect \"outside\""))
        {
            await using var connection = new NpgsqlConnection(superuser.ConnectionString);
            await connection.OpenAsync();
            foreach (var statement in section.Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                await using var command = new NpgsqlCommand(statement, connection);
                await command.ExecuteNonQueryAsync();
            }
            superuser.Database = "outside";
        }
    }
}
