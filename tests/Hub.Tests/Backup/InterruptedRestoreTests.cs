using FieldCrm.Hub.Backup;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Backup;

/// <summary>A restore that fails or is stopped leaves what was there, or what it was to bring; never a mixture.</summary>
[Trait("Category", "Slow")]
public sealed class InterruptedRestoreTests : IAsyncLifetime
{
    private readonly string _folder = TemporaryDirectory.Create("backup");
    private DatabaseAddresses? _source;
    private DatabaseAddresses? _target;

    private string File1 => Path.Combine(_folder, "one");

    private DatabaseAddresses Target => _target!;

    public async Task InitializeAsync()
    {
        var postgres = await PostgresFixture.SharedAsync();
        (_source, _target) = (await postgres.CreateDatabaseAsync(), await postgres.CreateDatabaseAsync());
        await NameAsync(_source, "from the backup");
        await NameAsync(_target, "was there");
        await new BackupWriter(_source, TimeProvider.System).WriteAsync(File1, overwrite: false, default);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Given_a_backup_that_does_not_hold_what_it_says_When_restored_Then_the_database_is_what_it_was()
    {
        BackupForgery.ChangeManifest(File1, json => json["rows"]!["fix"] = 17);
        var (rows, structure) = (await Stored.RowsAsync(Target), await Stored.StructureAsync(Target));

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => RestoreAsync(default));

        Assert.Equal("backup.tool-failed", refused.Failure.Code);
        Assert.Contains("table fix has 0 rows, the backup says 17", refused.Message, StringComparison.Ordinal);
        Assert.Equal(rows, await Stored.RowsAsync(Target));
        Assert.Equal(structure, await Stored.StructureAsync(Target));
    }

    [Fact]
    public async Task Given_a_restore_stopped_at_some_moment_When_run_again_Then_it_succeeds_and_there_never_was_a_mixture()
    {
        var (before, after) = (await Stored.RowsAsync(Target), await Stored.RowsAsync(_source!));
        foreach (var milliseconds in new[] { 1, 60, 120, 250, 400, 600, 900, 1_300 })
        {
            using var stop = new CancellationTokenSource(milliseconds);
            var stopped = await Record.ExceptionAsync(() => RestoreAsync(stop.Token));

            var now = await Stored.RowsAsync(Target);
            Assert.True(now.SequenceEqual(before) || now.SequenceEqual(after), $"a mixture after {milliseconds} ms ({stopped?.Message})");
        }

        await RestoreAsync(default);

        Assert.Equal(after, await Stored.RowsAsync(Target));
        Assert.Equal(await Stored.StructureAsync(_source!), await Stored.StructureAsync(Target));
    }

    private static Task NameAsync(DatabaseAddresses database, string name) => Stored.ScalarAsync<int>(
        database, $"UPDATE tenant SET name = '{name}' WHERE tenant_id = 0 RETURNING tenant_id");

    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        using var backup = BackupFile.Open(File1);
        await new DatabaseRestore(Target).RunAsync(backup, cancellationToken);
    }
}
