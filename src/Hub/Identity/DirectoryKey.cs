using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace FieldCrm.Hub.Identity;

/// <summary>A token's SHA-256 as a key that needs no allocation.</summary>
internal readonly record struct TokenKey(ulong A, ulong B, ulong C, ulong D)
{
    /// <param name="token">No longer than <see cref="SecretToken.MaxLength"/>.</param>
    public static TokenKey Of(ReadOnlySpan<char> token)
    {
        Span<byte> utf8 = stackalloc byte[SecretToken.MaxLength * 3];
        var length = Encoding.UTF8.GetBytes(token, utf8);
        Span<ulong> hash = stackalloc ulong[4];
        SHA256.HashData(utf8[..length], MemoryMarshal.AsBytes(hash));
        return new TokenKey(hash[0], hash[1], hash[2], hash[3]);
    }

    public byte[] ToBytes() => MemoryMarshal.AsBytes<ulong>([A, B, C, D]).ToArray();

    // The first word of a SHA-256 is as good a hash as any.
    public override int GetHashCode() => (int)A;
}

/// <summary>An id as a device claims it, through a tenant's enrolment URL or (no tenant) with no secret at all.</summary>
internal readonly record struct ClaimKey(int? Tenant, string ClaimedId);
