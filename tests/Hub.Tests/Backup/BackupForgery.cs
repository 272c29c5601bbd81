using System.IO.Compression;
using System.Text.Json.Nodes;
using FieldCrm.Hub.Backup;

namespace FieldCrm.Hub.Tests.Backup;

/// <summary>Backups that are not what they say.</summary>
internal static class BackupForgery
{
    public static void ChangeManifest(string file, Action<JsonNode> change)
    {
        using var archive = ZipFile.Open(file, ZipArchiveMode.Update);
        var entry = archive.GetEntry(BackupFile.ManifestEntry)!;
        JsonNode manifest;
        using (var content = entry.Open())
            manifest = JsonNode.Parse(content)!;
        change(manifest);
        entry.Delete();
        using var writer = new StreamWriter(archive.CreateEntry(BackupFile.ManifestEntry).Open());
        writer.Write(manifest.ToJsonString());
    }

    /// <summary>Flips one bit in the middle, which lies in the dump.</summary>
    public static void Damage(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
    }
}
