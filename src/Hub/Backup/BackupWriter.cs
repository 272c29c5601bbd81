using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Backup;
using FieldCrm.Silo.Storage;

namespace FieldCrm.Hub.Backup;

/// <summary>Writes a backup while the instance serves: whole or absent, and readable by nobody else.</summary>
internal sealed class BackupWriter(DatabaseAddresses database, TimeProvider time)
{
    private const int CopyBytes = 128 * 1024;

    /// <exception cref="StartRefusedException">
    /// <c>backup.exists</c>, <c>backup.busy</c>, <c>backup.folder-missing</c>, <c>backup.tool-failed</c>
    /// </exception>
    public async Task<BackupManifest> WriteAsync(string path, bool overwrite, CancellationToken cancellationToken)
    {
        path = Path.GetFullPath(path);
        if (!overwrite && Path.Exists(path))
            throw Exists(path);
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            throw new StartRefusedException("backup.folder-missing", $"There is no folder {Path.GetDirectoryName(path)}.");
        var draft = path + ".new";
        await using var file = OpenDraft(draft);
        try
        {
            var manifest = await WriteAsync(file, cancellationToken);
            file.Flush(flushToDisk: true);
            File.Move(draft, path, overwrite);
            return manifest;
        }
        catch (IOException) when (!overwrite && Path.Exists(path))
        {
            File.Delete(draft);
            throw Exists(path);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    private async Task<BackupManifest> WriteAsync(FileStream file, CancellationToken cancellationToken)
    {
        var createdAt = time.GetUtcNow();
        await using var snapshot = await BackupSnapshot.OpenAsync(database, cancellationToken);
        await using var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true);
        var (hash, bytes) = await DumpAsync(archive, snapshot, createdAt, cancellationToken);
        var manifest = new BackupManifest
        {
            Format = BackupManifest.CurrentFormat,
            Version = typeof(BackupWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            CreatedAt = createdAt,
            PostgresMajor = snapshot.PostgresMajor,
            NewestMigration = snapshot.NewestMigration,
            Rows = await snapshot.CountRowsAsync(cancellationToken),
            DumpSha256 = hash,
            DumpBytes = bytes,
        };
        var entry = archive.CreateEntry(BackupFile.ManifestEntry);
        entry.LastWriteTime = createdAt;
        await using var content = entry.Open();
        await JsonSerializer.SerializeAsync(content, manifest, BackupJson.Default.BackupManifest, cancellationToken);
        return manifest;
    }

    private async Task<(string Sha256, long Bytes)> DumpAsync(
        ZipArchive archive, BackupSnapshot snapshot, DateTimeOffset createdAt, CancellationToken cancellationToken)
    {
        var entry = archive.CreateEntry(BackupFile.DumpEntry, CompressionLevel.NoCompression);
        entry.LastWriteTime = createdAt;
        await using var target = entry.Open();
        await using var dump = PostgresTools.For(database.Owner!, snapshot.PostgresMajor).Dump(snapshot.Name);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[CopyBytes];
        var bytes = 0L;
        while (await dump.Output.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            bytes += read;
        }
        await dump.SucceededAsync(cancellationToken);
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), bytes);
    }

    /// <summary>The draft of a backup that was killed is taken over; that of one that runs is not.</summary>
    private static FileStream OpenDraft(string draft)
    {
        try
        {
            var file = new FileStream(draft, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = PrivateFile.Mode,
            });
            file.SetLength(0);
            return file;
        }
        catch (IOException) when (File.Exists(draft))
        {
            throw new StartRefusedException("backup.busy", $"Another backup is writing {draft}.");
        }
    }

    private static StartRefusedException Exists(string path) => new(
        "backup.exists", $"{path} exists: choose another name, or replace it with --force.");
}
