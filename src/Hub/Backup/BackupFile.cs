using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Backup;
using FieldCrm.Silo.Storage;

namespace FieldCrm.Hub.Backup;

/// <summary>
/// A backup: a ZIP archive of <c>database.dump</c> (pg_dump's custom format, which is compressed) and
/// <c>manifest.json</c>. Without this program, <c>unzip -p FILE database.dump | pg_restore …</c> reads it.
/// </summary>
internal sealed partial class BackupFile : IDisposable
{
    public const string DumpEntry = "database.dump";
    public const string ManifestEntry = "manifest.json";

    // A table's count is a line; a manifest has some dozens.
    private const int MaxManifestBytes = 1024 * 1024;

    private readonly string _path;
    private readonly ZipArchive _archive;

    private BackupFile(string path, ZipArchive archive, BackupManifest manifest) =>
        (_path, _archive, Manifest) = (path, archive, manifest);

    public BackupManifest Manifest { get; }

    /// <exception cref="StartRefusedException"><c>backup.missing</c>, <c>backup.unreadable</c> or <c>backup.newer</c></exception>
    public static BackupFile Open(string path)
    {
        if (!File.Exists(path))
            throw new StartRefusedException("backup.missing", $"There is no file {path}.");
        ZipArchive? archive = null;
        try
        {
            archive = ZipFile.OpenRead(path);
            var manifest = ReadManifest(archive);
            if (manifest is null || archive.GetEntry(DumpEntry) is not { } dump || dump.Length != manifest.DumpBytes)
                throw new InvalidDataException();
            if (manifest.Format != BackupManifest.CurrentFormat || !Migrator.Knows(manifest.NewestMigration))
            {
                throw new StartRefusedException("backup.newer",
                    $"{path} was made by a newer version ({manifest.Version}, {manifest.NewestMigration}): restore it with that version.");
            }
            return new BackupFile(path, archive, manifest);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or JsonException)
        {
            archive?.Dispose();
            throw Damaged(path);
        }
        catch
        {
            archive?.Dispose();
            throw;
        }
    }

    public Stream OpenDump() => _archive.GetEntry(DumpEntry)!.Open();

    /// <summary>Reads the whole dump and compares it with what the manifest says of it.</summary>
    /// <exception cref="StartRefusedException"><c>backup.unreadable</c></exception>
    public async Task VerifyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var dump = OpenDump();
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(dump, cancellationToken)) != Manifest.DumpSha256)
                throw Damaged(_path);
        }
        catch (InvalidDataException)
        {
            throw Damaged(_path);
        }
    }

    public void Dispose() => _archive.Dispose();

    private static BackupManifest? ReadManifest(ZipArchive archive)
    {
        if (archive.GetEntry(ManifestEntry) is not { Length: <= MaxManifestBytes } entry)
            return null;
        using var content = entry.Open();
        var manifest = JsonSerializer.Deserialize(content, BackupJson.Default.BackupManifest);
        // The names become SQL.
        return manifest is not null && manifest.Rows.Keys.All(TableName().IsMatch) ? manifest : null;
    }

    private static StartRefusedException Damaged(string path) => new(
        "backup.unreadable", $"{path} is damaged or no backup of FieldCrm: take another one. Nothing was changed.");

    [GeneratedRegex(@"^[a-z_][a-z0-9_]{0,62}\z")]
    private static partial Regex TableName();
}
