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

    [Fact]
    public void Given_a_URL_that_asks_for_TLS_When_understood_Then_every_role_uses_it()
    {
        var addresses = ExternalDatabase.Parse("postgres://boss:x@db.example/crm?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.crt").Addresses(Generated);
        var silo = new NpgsqlConnectionStringBuilder(addresses.Silo);
        Assert.Equal((SslMode.VerifyFull, "/etc/ca.crt"), (silo.SslMode, silo.RootCertificate));
    }

    [Theory]
    [InlineData("postgres://")]
    [InlineData("nonsense")]
    [InlineData("Host=x;Colour=red")]
    [InlineData("postgres://boss:x@db.example/crm?colour=red")]
    [InlineData("postgres://boss:x@db.example/crm?sslmode=perhaps")]
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

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Given_a_database_of_one_folder_When_another_is_started_on_it_Then_refused_unless_it_takes_the_database_over()
    {
        await using var server = await PostgresFixture.OwnAsync();
        var superuser = new NpgsqlConnectionStringBuilder(server.SuperuserAddress);
        await using var one = new HubProcess();
        await using var two = new HubProcess();
        foreach (var hub in new[] { one, two })
        {
            hub.Environment[ExternalDatabase.Variable] =
                $"postgres://postgres:{superuser.Password}@127.0.0.1:{superuser.Port}/outside";
        }
        await one.StartReadyAsync();
        var first = one.ServerId;

        two.Start();
        Assert.Equal(ExitCode.Problem, await two.ExitedAsync(HubProcess.StartDeadline));
        Assert.Equal(LineFor(one), two.Output);
        var (code, _, error) = await two.RunAsync("migrate");
        Assert.Equal((ExitCode.Problem, LineFor(one) + "\n"), (code, error));
        Assert.Equal((first, true), (one.ServerId, await one.IsReadyAsync())); // neither fenced nor locked out

        await two.StartReadyAsync("--adopt-database");
        var second = two.ServerId;
        HubProcess.Kill(first); // as its fence would end it
        Assert.Equal(ExitCode.Problem, await one.ExitedAsync(HubProcess.StartDeadline));
        Assert.Equal(LineFor(two), one.Output.Split('\n')[^1]);
        Assert.Equal((second, true), (two.ServerId, await two.IsReadyAsync()));
    }

    private static string LineFor(HubProcess holder) =>
        $"The database that FIELDCRM_DATABASE names belongs to another data folder (id {holder.InstanceId} in its instance.json): "
        + "start that one, name another database, or take this one over for good with ./run --adopt-database.";

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
