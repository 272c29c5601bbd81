using System.Text.Json.Serialization;

namespace FieldCrm.Silo.Backup;

/// <summary>What a backup says of itself: manifest.json beside the dump, in one file with it.</summary>
public sealed record BackupManifest
{
    /// <summary>Of this file's layout; a reader refuses what it does not know.</summary>
    public const int CurrentFormat = 1;

    public required int Format { get; init; }

    /// <summary>The program that wrote it; for people.</summary>
    public required string Version { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Major version of the server it was taken from; an older one cannot be expected to read it.</summary>
    public required int PostgresMajor { get; init; }

    /// <summary>How far the schema was migrated. A program that does not know this migration refuses the backup.</summary>
    public required string NewestMigration { get; init; }

    /// <summary>Rows of every table in the dump's own snapshot; a partitioned table counts once.</summary>
    public required SortedDictionary<string, long> Rows { get; init; }

    /// <summary>Of database.dump; lower-case hexadecimal.</summary>
    public required string DumpSha256 { get; init; }

    public required long DumpBytes { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(BackupManifest))]
public sealed partial class BackupJson : JsonSerializerContext;
