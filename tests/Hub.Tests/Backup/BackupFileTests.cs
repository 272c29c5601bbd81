using FieldCrm.Hub.Backup;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Backup;

public sealed class BackupFileTests : IAsyncLifetime
{
    private readonly string _folder = TemporaryDirectory.Create("backup");
    private DatabaseAddresses? _database;

    private string File1 => Path.Combine(_folder, "one");

    public async Task InitializeAsync()
    {
        _database = await (await PostgresFixture.SharedAsync()).CreateDatabaseAsync();
        await WriteAsync(overwrite: false);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Given_a_backup_When_opened_Then_it_says_what_it_holds_and_nobody_else_may_read_it()
    {
        using var backup = BackupFile.Open(File1);
        await backup.VerifyAsync(default);

        Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(File1));
        Assert.Equal(1L, backup.Manifest.Rows["tenant"]);
        Assert.Equal(0L, backup.Manifest.Rows["data_protection_key"]);
        Assert.Equal(["one"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Given_a_file_of_that_name_When_backed_up_Then_it_is_replaced_only_by_force()
    {
        var before = await File.ReadAllBytesAsync(File1);

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => WriteAsync(overwrite: false));

        Assert.Equal("backup.exists", refused.Failure.Code);
        Assert.Equal(before, await File.ReadAllBytesAsync(File1));
        await WriteAsync(overwrite: true);
        using var backup = BackupFile.Open(File1);
        await backup.VerifyAsync(default);
    }

    [Fact]
    public async Task Given_one_flipped_bit_When_verified_Then_refused()
    {
        BackupForgery.Damage(File1);

        using var backup = BackupFile.Open(File1);
        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => backup.VerifyAsync(default));

        Assert.Equal("backup.unreadable", refused.Failure.Code);
    }

    [Fact]
    public void Given_a_file_cut_short_or_of_another_kind_When_opened_Then_refused()
    {
        var whole = File.ReadAllBytes(File1);
        foreach (var length in new[] { 0, 10, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(File1, whole[..length]);
            Assert.Equal("backup.unreadable", Assert.Throws<StartRefusedException>(() => BackupFile.Open(File1)).Failure.Code);
        }
        Assert.Equal("backup.missing", Assert.Throws<StartRefusedException>(() => BackupFile.Open(File1 + "x")).Failure.Code);
    }

    [Theory]
    [InlineData("newestMigration", "29990101000000_Later")]
    [InlineData("format", 2)]
    public void Given_a_backup_of_a_newer_program_When_opened_Then_refused(string member, object value)
    {
        BackupForgery.ChangeManifest(File1, json => json[member] = System.Text.Json.Nodes.JsonValue.Create(value));

        Assert.Equal("backup.newer", Assert.Throws<StartRefusedException>(() => BackupFile.Open(File1)).Failure.Code);
    }

    [Fact]
    public void Given_a_manifest_with_SQL_for_a_table_name_When_opened_Then_refused()
    {
        BackupForgery.ChangeManifest(File1, json => json["rows"]!["fix\"; DROP"] = 0);

        Assert.Equal("backup.unreadable", Assert.Throws<StartRefusedException>(() => BackupFile.Open(File1)).Failure.Code);
    }

    private Task WriteAsync(bool overwrite) =>
        new BackupWriter(_database!, TimeProvider.System).WriteAsync(File1, overwrite, default);
}
