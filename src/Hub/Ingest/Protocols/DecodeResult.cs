using FieldCrm.Core;
using FieldCrm.Core.Devices;

namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>
/// What a protocol decoder made of one request: either a <see cref="Failure"/> and nothing else, or hashed fixes.
/// </summary>
/// <param name="Failure">Why nothing of the request is taken; null when <paramref name="Fixes"/> is to be stored.</param>
/// <param name="Fixes">In the order they were sent; empty on failure.</param>
/// <param name="ClaimedDeviceId">What the device calls itself, 1 … 128 characters; null when it did not say.
/// A claim only: who it is, the token decides.</param>
internal readonly record struct DecodeResult(Failure? Failure, Fix[] Fixes, string? ClaimedDeviceId)
{
    public static DecodeResult Refused(Failure failure) => new(failure, [], null);
}

/// <summary>One fix of a batch that was not taken.</summary>
/// <param name="Index">Its place in the sent list, from 0.</param>
internal readonly record struct RejectedFix(int Index, Failure Failure);

/// <summary>What the batch decoder made of a body. The rejected fixes do not hold back the accepted ones.</summary>
/// <param name="Failure">Why nothing of the body is taken; null when the other two are the outcome.</param>
/// <param name="Accepted">Hashed, in the order they were sent, without the rejected ones.</param>
/// <param name="Rejected">By ascending index.</param>
internal readonly record struct FixesDecodeResult(Failure? Failure, Fix[] Accepted, RejectedFix[] Rejected)
{
    public static FixesDecodeResult Refused(Failure failure) => new(failure, [], []);

    /// <summary>How many fixes the body held.</summary>
    public int Count => Accepted.Length + Rejected.Length;
}
