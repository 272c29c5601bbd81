using System.Text.Json;
using System.Text.Json.Serialization;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// DIR/instance.json: the ports are picked free once and kept, so that addresses given to phones stay true.
/// <c>run</c> writes it, the server and the command line read it; there is no secret in it.
/// </summary>
internal sealed record Instance
{
    /// <summary>Names this data folder for ever: its database remembers it (<see cref="DatabaseClaim"/>).</summary>
    public Guid Id { get; init; }

    /// <summary>Port of console, API and <c>/osmand/TOKEN</c>: HTTP on loopback, HTTPS on <see cref="Listen"/>.</summary>
    public required int Port { get; init; }

    public required int PostgresPort { get; init; }

    public required int SiloPort { get; init; }

    /// <summary>Address listened on besides loopback; null is loopback alone.</summary>
    public string? Listen { get; init; }

    /// <summary>The extra port for trackers (5055), plain HTTP; null when this instance does not serve it.</summary>
    public int? TrackerPort { get; init; }

    /// <summary>The operator's own certificate chain, PEM; null: the local CA's.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Its key; null exactly where <see cref="CertificateFile"/> is.</summary>
    public string? KeyFile { get; init; }

    /// <summary>False after <c>run --no-demo</c>: no demonstration data is made or played.</summary>
    public bool Demo { get; init; } = true;

    /// <summary>True once FIELDCRM_DATABASE named this instance's database: never start on an empty one of our own instead.</summary>
    public bool OutsideDatabase { get; init; }

    /// <summary>For this machine's own programs.</summary>
    [JsonIgnore]
    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>Null when DIR has none yet.</summary>
    /// <exception cref="StartRefusedException"><c>instance.unreadable</c></exception>
    public static Instance? Read(InstancePaths paths)
    {
        if (!File.Exists(paths.InstanceFile))
            return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(paths.InstanceFile), InstanceJson.Default.Instance)
                ?? throw new JsonException("empty");
        }
        catch (JsonException damage)
        {
            throw new StartRefusedException("instance.unreadable",
                $"{paths.InstanceFile} is damaged ({damage.Message}): mend it, or delete it to have new ports picked.");
        }
    }

    public void Write(InstancePaths paths, Account? owner) =>
        PrivateFile.Write(paths.InstanceFile, JsonSerializer.SerializeToUtf8Bytes(this, InstanceJson.Default.Instance), owner);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Instance))]
[JsonSerializable(typeof(InstanceSecrets))]
internal sealed partial class InstanceJson : JsonSerializerContext;
