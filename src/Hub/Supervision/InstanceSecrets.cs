using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FieldCrm.Silo.Storage;

namespace FieldCrm.Hub.Supervision;

/// <summary>DIR/secrets.json (0600): generated database passwords, never shown, never logged.</summary>
internal sealed record InstanceSecrets
{
    /// <summary>PostgreSQL's own superuser, used to make roles and extensions.</summary>
    public required string Superuser { get; init; }

    public required string Owner { get; init; }

    public required string Api { get; init; }

    public required string Silo { get; init; }

    [JsonIgnore]
    public DatabasePasswords Passwords => new(Owner, Api, Silo);

    public override string ToString() => nameof(InstanceSecrets);

    /// <exception cref="StartRefusedException"><c>secrets.missing</c> or <c>secrets.unreadable</c></exception>
    public static InstanceSecrets Read(InstancePaths paths)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(paths.SecretsFile), InstanceJson.Default.InstanceSecrets)
                ?? throw new JsonException("empty");
        }
        catch (FileNotFoundException)
        {
            throw new StartRefusedException("secrets.missing",
                $"{paths.SecretsFile} is missing: put it back from a copy of DIR; the database cannot be opened without it.");
        }
        catch (JsonException)
        {
            throw new StartRefusedException("secrets.unreadable",
                $"{paths.SecretsFile} is damaged: put it back from a copy of DIR.");
        }
    }

    /// <summary>Reads, or makes on the first start, the passwords and the command line's credential.</summary>
    public static InstanceSecrets ReadOrCreate(InstancePaths paths, Account? owner)
    {
        if (!File.Exists(paths.OperatorCredential))
            PrivateFile.Write(paths.OperatorCredential, Encoding.ASCII.GetBytes(NewSecret()), owner);
        if (!File.Exists(paths.SecretsFile) && !Directory.Exists(paths.Cluster))
        {
            var fresh = new InstanceSecrets
            {
                Superuser = NewSecret(), Owner = NewSecret(), Api = NewSecret(), Silo = NewSecret(),
            };
            PrivateFile.Write(
                paths.SecretsFile, JsonSerializer.SerializeToUtf8Bytes(fresh, InstanceJson.Default.InstanceSecrets), owner);
        }
        return Read(paths);
    }

    /// <summary>192 random bits in characters that need no quoting in URLs, SQL or connection strings.</summary>
    private static string NewSecret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
}
