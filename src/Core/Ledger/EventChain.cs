using System.Security.Cryptography;
using System.Text;

namespace FieldCrm.Core.Ledger;

/// <summary>Where a stream ends: its newest version and that row's hash.</summary>
public readonly record struct StreamHead(long Version, ReadOnlyMemory<byte> Hash)
{
    /// <summary>Before the first event: version 0 and 32 zero bytes.</summary>
    public static readonly StreamHead Empty = new(0, new byte[EventChain.HashBytes]);
}

/// <summary>One row of the ledger, complete: what is stored in <c>event</c> and <c>event_payload</c>.</summary>
/// <param name="Stream">For example <c>device/17</c>.</param>
/// <param name="Version">1 for the first event of a stream, then without a gap.</param>
/// <param name="Type">The event's name, past tense: <c>DeviceRegistered</c>.</param>
/// <param name="Payload">Canonical JSON, hashed as UTF-8 exactly as it stands.</param>
public sealed record EventEntry(
    TenantId Tenant,
    string Stream,
    long Version,
    string Type,
    UtcMicros RecordedAt,
    string Payload,
    ReadOnlyMemory<byte> Salt,
    ReadOnlyMemory<byte> Commitment,
    ReadOnlyMemory<byte> PrevHash,
    ReadOnlyMemory<byte> Hash)
{
    public StreamHead Head => new(Version, Hash);

    /// <summary>
    /// When the position that the payload tells of was fixed, the first one of several; null when it tells of none. Not
    /// part of the chain: retention erases payloads by it.
    /// </summary>
    public UtcMicros? PositionAt { get; init; }
}

/// <summary>
/// The hash chain of one stream. A row's hash covers its predecessor's hash and a salted commitment to its payload,
/// so a payload can be erased (with its salt) and the chain still verifies.
/// Layout, all SHA-256: commitment = H(salt ‖ payload UTF-8);
/// hash = H("fieldcrm.event.1" ‖ tenant i32 ‖ length-prefixed stream ‖ version i64 ‖ length-prefixed type ‖
/// recorded at i64 µs ‖ commitment ‖ previous hash), integers little-endian, lengths u16.
/// </summary>
public static class EventChain
{
    public const int HashBytes = SHA256.HashSizeInBytes;
    public const int SaltBytes = 16;

    private static readonly byte[] Domain = "fieldcrm.event.1"u8.ToArray();

    /// <param name="salt"><see cref="SaltBytes"/> random bytes, drawn by the caller: deciders have no randomness.</param>
    public static EventEntry Append(
        StreamHead head, TenantId tenant, string stream, string type, string payload, UtcMicros recordedAt, byte[] salt)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(salt.Length, SaltBytes);
        var commitment = Commit(salt, payload);
        var version = head.Version + 1;
        var hash = HashOf(tenant, stream, version, type, recordedAt, commitment, head.Hash.Span);
        return new EventEntry(tenant, stream, version, type, recordedAt, payload, salt, commitment, head.Hash, hash);
    }

    public static byte[] Commit(ReadOnlySpan<byte> salt, string payload)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt);
        hash.AppendData(Encoding.UTF8.GetBytes(payload));
        return hash.GetHashAndReset();
    }

    public static byte[] HashOf(
        TenantId tenant, string stream, long version, string type, UtcMicros recordedAt,
        ReadOnlySpan<byte> commitment, ReadOnlySpan<byte> prevHash)
    {
        return new HashInput(Domain)
            .Add(tenant.Value).Add(stream).Add(version).Add(type).Add(recordedAt.Value).Add(commitment).Add(prevHash)
            .Hash();
    }
}
