using System.Buffers.Binary;
using System.IO.Hashing;

namespace FieldCrm.Core.Devices;

/// <summary>What happened with a device. Stored and hashed into ids: append, never renumber.</summary>
public enum NetEventKind : byte
{
    TripStarted = 1,
    TripEnded = 2,
    Idled = 3,
    Stopped = 4,
    AlarmRaised = 5,

    /// <summary>Nothing was heard for longer than agreed. A fact of arrival (<see cref="PresenceEvent"/>), not of the fold.</summary>
    SignalLost = 6,

    /// <summary>Heard again after <see cref="SignalLost"/>. A fact of arrival as well.</summary>
    SignalRegained = 7,
}

/// <summary>
/// An event of the fold. The set of them, latest by <see cref="Id"/>, depends on the fixes only and never on the order
/// in which they arrived. Emitting an id again replaces what was emitted under it before.
/// </summary>
/// <param name="Id">Derived from device, kind and <paramref name="Start"/>, so that the same happening keeps its id.</param>
/// <param name="Start">The fix that it began with.</param>
/// <param name="EmittedAt">The fix whose step emitted this version; a refold from a later point leaves it alone.</param>
/// <param name="PayloadJson">One canonical JSON object of integers: see <see cref="NetEventPayloads"/>.</param>
public sealed record NetEvent(Guid Id, NetEventKind Kind, FixKey Start, FixKey EmittedAt, string PayloadJson)
{
    public static Guid IdOf(DeviceId device, NetEventKind kind, FixKey start)
    {
        Span<byte> source = stackalloc byte[sizeof(int) + 1 + 2 * sizeof(long)];
        BinaryPrimitives.WriteInt32LittleEndian(source, device.Value);
        source[4] = (byte)kind;
        BinaryPrimitives.WriteInt64LittleEndian(source[5..], start.FixedAt.Value);
        BinaryPrimitives.WriteInt64LittleEndian(source[13..], start.ContentHash);
        Span<byte> id = stackalloc byte[16];
        XxHash128.Hash(source, id);
        id[6] = (byte)((id[6] & 0x0F) | 0x80); // RFC 9562, version 8: made of our own data
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true);
    }
}

/// <summary>
/// Signal lost or regained: what we noticed, not what the device did. Outside the fold and the net set; the id comes
/// from the moment the device was last heard before, so that noticing twice is one event.
/// </summary>
public sealed record PresenceEvent(Guid Id, NetEventKind Kind, UtcMicros LastHeardAt, UtcMicros NoticedAt)
{
    internal static PresenceEvent Of(DeviceId device, NetEventKind kind, UtcMicros lastHeardAt, UtcMicros noticedAt) =>
        new(NetEvent.IdOf(device, kind, new FixKey(lastHeardAt, 0)), kind, lastHeardAt, noticedAt);
}
