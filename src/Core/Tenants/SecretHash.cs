using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FieldCrm.Core.Tenants;

/// <summary>
/// SHA-256 of a token or link as 64 lower-case hexadecimal digits: the only form in which a secret is known to
/// commands, events, state and the database. A plain hash is enough because the secrets are 160 random bits.
/// </summary>
[JsonConverter(typeof(SecretHashJsonConverter))]
public readonly record struct SecretHash(string Hex)
{
    /// <param name="secret">As it stands in the URL; hashed as UTF-8.</param>
    public static SecretHash Of(string secret) =>
        new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret))));

    public byte[] ToBytes() => Convert.FromHexString(Hex);
}

internal sealed class SecretHashJsonConverter : JsonConverter<SecretHash>
{
    public override SecretHash Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString() ?? throw new JsonException());

    public override void Write(Utf8JsonWriter writer, SecretHash value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Hex);
}
