using System.Globalization;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.Supervision.Doctor;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Supervision;

public sealed class DatabaseExaminationTests
{
    [Fact]
    public async Task Given_a_fix_that_the_database_refused_When_the_doctor_looks_Then_it_is_noted_with_its_device()
    {
        var addresses = await (await PostgresFixture.SharedAsync()).CreateDatabaseAsync();
        Assert.DoesNotContain(await DatabaseExamination.RunAsync(addresses, default), finding => finding.Name == "quarantine");
        await using (var owner = NpgsqlDataSource.Create(addresses.Owner!))
        {
            await using var park = owner.CreateCommand("""
                INSERT INTO quarantine (tenant_id, device_id, reason, protocol, received_at, raw, raw_hash)
                VALUES (0, 7, 'commit.refused', 'fix-batch/22P02', '2026-01-02 03:04:05Z', '\x00', '\x00'),
                       (0, 8, 'fix.future', 'osmand', '2026-01-02 03:04:06Z', '\x00', '\x00')
                """);
            await park.ExecuteNonQueryAsync();
        }

        var note = Assert.Single(await DatabaseExamination.RunAsync(addresses, default), finding => finding.Name == "quarantine");
        Assert.Equal(FindingState.Note, note.State);
        Assert.StartsWith(
            "1 reports refused by the database lie in quarantine (commit.refused), devices 7, newest 2026-01-02T03:04:05Z",
            note.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ALTER ROLE fieldcrm_silo IN DATABASE {0} SET synchronous_commit = off", false)]
    [InlineData("ALTER ROLE fieldcrm_silo IN DATABASE {0} SET synchronous_commit = local", false)]
    [InlineData("ALTER DATABASE {0} SET synchronous_commit = off", false)]
    [InlineData("ALTER ROLE fieldcrm_owner IN DATABASE {0} SET synchronous_commit = off", true)] // it acknowledges nothing
    public async Task Given_one_account_or_database_that_is_set_otherwise_When_asked_Then_what_the_server_commits_decides(string set, bool isDurable)
    {
        var fixture = await PostgresFixture.SharedAsync();
        var addresses = await fixture.CreateDatabaseAsync();
        await using (var superuser = NpgsqlDataSource.Create(fixture.SuperuserAddress))
        {
            var database = new NpgsqlConnectionStringBuilder(addresses.Owner).Database;
            await using var alter = superuser.CreateCommand(string.Format(CultureInfo.InvariantCulture, set, database));
            await alter.ExecuteNonQueryAsync();
        }

        var refused = await Record.ExceptionAsync(() => DatabaseBootstrap.RequireDurabilityAsync(addresses.Silo, default));
        var finding = Assert.Single(await DatabaseExamination.RunAsync(addresses, default), finding => finding.Name == "durability");

        Assert.Equal(isDurable ? null : "postgres.not-durable", (refused as StartRefusedException)?.Failure.Code);
        Assert.Equal(isDurable ? FindingState.Ok : FindingState.Problem, finding.State);
        Assert.StartsWith(isDurable ? "fsync, full_page_writes and synchronous_commit are on" : "synchronous_commit off: ", finding.Detail, StringComparison.Ordinal);
    }

    /// <summary>These two are the server's alone; it takes them while it runs.</summary>
    [Theory]
    [InlineData("fsync")]
    [InlineData("full_page_writes")]
    [Trait("Category", "Slow")]
    public async Task Given_a_running_server_that_is_told_to_trust_the_disk_When_asked_again_Then_it_is_said_and_no_longer_once_it_is_mended(string setting)
    {
        await using var server = await PostgresFixture.OwnAsync();
        var addresses = await server.CreateDatabaseAsync();
        foreach (var isOn in new[] { false, true })
        {
            await AlterAsync(server, $"ALTER SYSTEM SET {setting} = {(isOn ? "on" : "off")}");
            string[] expected = isOn ? [] : [setting];
            await Eventually.TrueAsync(
                async () => (await DatabaseBootstrap.DurabilityProblemsAsync(addresses.Silo, default)).SequenceEqual(expected), TimeSpan.FromSeconds(30));
            var refused = await Record.ExceptionAsync(() => DatabaseBootstrap.RequireDurabilityAsync(addresses.Silo, default));
            Assert.Equal(isOn ? null : "postgres.not-durable", (refused as StartRefusedException)?.Failure.Code);
            var finding = Assert.Single(await DatabaseExamination.RunAsync(addresses, default), finding => finding.Name == "durability");
            Assert.Equal(isOn ? FindingState.Ok : FindingState.Problem, finding.State);
        }
    }

    private static async Task AlterAsync(PostgresFixture server, string statement)
    {
        await using var superuser = NpgsqlDataSource.Create(server.SuperuserAddress);
        foreach (var sql in new[] { statement, "SELECT pg_reload_conf()" }) // ALTER SYSTEM stands alone
        {
            await using var command = superuser.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }
}
