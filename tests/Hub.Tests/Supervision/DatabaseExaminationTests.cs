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
}
