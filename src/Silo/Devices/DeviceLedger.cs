using System.Collections.Immutable;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Commit;

namespace FieldCrm.Silo.Devices;

/// <summary>
/// What a device's stream records. Types: a <see cref="NetEventKind"/>'s name sets the net event of that id (setting
/// an id again replaces it: a correction); <c>NetEventWithdrawn</c> takes it back; <c>SignalLost</c> and
/// <c>SignalRegained</c> are facts of arrival. Folding the stream by id gives the rows of <c>device_event</c>.
/// </summary>
internal sealed class DeviceLedger(DeviceId device, TenantId tenant, StreamHead head, UtcMicros recordedAt)
{
    public const string Withdrawn = "NetEventWithdrawn";

    private readonly string _stream = StreamName.Of(device);
    private readonly ImmutableArray<EventEntry>.Builder _entries = ImmutableArray.CreateBuilder<EventEntry>();
    private readonly ImmutableArray<OutboxMessage>.Builder _outbox = ImmutableArray.CreateBuilder<OutboxMessage>();

    public StreamHead Head { get; private set; } = head;

    public ImmutableArray<EventEntry> Entries => _entries.ToImmutable();

    public ImmutableArray<OutboxMessage> Outbox => _outbox.ToImmutable();

    public void Set(NetEvent happened)
    {
        using var payload = JsonDocument.Parse(happened.PayloadJson);
        Append(happened.Kind.ToString(), JsonSerializer.Serialize(
            new NetEventRecord(
                happened.Id, happened.Start.FixedAt.Value, happened.Start.ContentHash,
                happened.EmittedAt.FixedAt.Value, happened.EmittedAt.ContentHash, payload.RootElement),
            DeviceLedgerJson.Default.NetEventRecord), happened.Start.FixedAt);
        if (happened.Kind == NetEventKind.AlarmRaised)
            Effect(happened.Id, isWithdrawn: false, happened.Start.FixedAt, payload.RootElement);
    }

    public void Withdraw(Guid id, NetEvent? recorded)
    {
        Append(Withdrawn, JsonSerializer.Serialize(new WithdrawnRecord(id), DeviceLedgerJson.Default.WithdrawnRecord));
        if (recorded is not { Kind: NetEventKind.AlarmRaised })
            return;
        using var payload = JsonDocument.Parse(recorded.PayloadJson);
        Effect(id, isWithdrawn: true, recorded.Start.FixedAt, payload.RootElement);
    }

    public void Note(PresenceEvent noticed) => Append(noticed.Kind.ToString(), JsonSerializer.Serialize(
        new PresenceRecord(noticed.Id, noticed.LastHeardAt.Value, noticed.NoticedAt.Value),
        DeviceLedgerJson.Default.PresenceRecord));

    private void Append(string type, string payload, UtcMicros? positionAt = null)
    {
        var entry = EventChain.Append(
            Head, tenant, _stream, type, payload, recordedAt, RandomNumberGenerator.GetBytes(EventChain.SaltBytes));
        _entries.Add(entry with { PositionAt = positionAt });
        Head = entry.Head;
    }

    // The tenant's list of alarms is another grain's: told by the outbox, in the order of this stream's versions.
    private void Effect(Guid alarm, bool isWithdrawn, UtcMicros startedAt, JsonElement payload)
    {
        var message = JsonSerializer.Serialize(
            new AlarmEffect(alarm, device.Value, Head.Version, isWithdrawn, startedAt.Value, payload),
            DeviceLedgerJson.Default.AlarmEffect);
        _outbox.Add(new OutboxMessage(
            EffectId(alarm, Head.Version), AlarmEffect.Kind, StreamName.Of(tenant), message, recordedAt) { PositionAt = startedAt });
    }

    private static Guid EffectId(Guid alarm, long version)
    {
        Span<byte> source = stackalloc byte[24];
        alarm.TryWriteBytes(source, bigEndian: true, out _);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(source[16..], version);
        Span<byte> id = stackalloc byte[16];
        XxHash128.Hash(source, id);
        id[6] = (byte)((id[6] & 0x0F) | 0x80); // RFC 9562, version 8: made of our own data
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true);
    }
}

/// <summary>A net event in the ledger; times in µs since 1970.</summary>
internal sealed record NetEventRecord(
    Guid Id, long StartMicros, long StartHash, long EmittedMicros, long EmittedHash, JsonElement Payload);

internal sealed record WithdrawnRecord(Guid Id);

internal sealed record PresenceRecord(Guid Id, long LastHeardMicros, long NoticedMicros);

/// <summary>What the tenant is told of a device's alarm.</summary>
/// <param name="SourceVersion">Of the device's stream: a delivery older than the row it meets is ignored.</param>
internal sealed record AlarmEffect(
    Guid AlarmId, int DeviceId, long SourceVersion, bool IsWithdrawn, long StartedMicros, JsonElement Payload)
{
    public const string Kind = "alarm";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NetEventRecord))]
[JsonSerializable(typeof(WithdrawnRecord))]
[JsonSerializable(typeof(PresenceRecord))]
[JsonSerializable(typeof(AlarmEffect))]
internal sealed partial class DeviceLedgerJson : JsonSerializerContext;
