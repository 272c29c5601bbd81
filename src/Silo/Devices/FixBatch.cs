using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FieldCrm.Core;
using FieldCrm.Core.Devices;

namespace FieldCrm.Silo.Devices;

/// <summary>
/// What one device reported in one request. Inside a process the fixes travel as they are; between silos as
/// Core's own binary layout (<see cref="FixBatchCodec"/>).
/// </summary>
[Immutable]
public sealed record FixBatch(TenantId Tenant, UtcMicros ReceivedAt, ImmutableArray<Fix> Fixes);

[GenerateSerializer, Immutable]
internal struct FixBatchSurrogate
{
    [Id(0)] public int Tenant;
    [Id(1)] public long ReceivedAtMicros;
    [Id(2)] public byte[] Fixes;
}

[RegisterConverter]
internal sealed class FixBatchConverter : IConverter<FixBatch, FixBatchSurrogate>
{
    public FixBatch ConvertFromSurrogate(in FixBatchSurrogate surrogate)
    {
        if (!FixBatchCodec.TryDecode(surrogate.Fixes, out var fixes))
            throw new InvalidOperationException("A batch of fixes was damaged between silos.");
        return new FixBatch(
            new TenantId(surrogate.Tenant), new UtcMicros(surrogate.ReceivedAtMicros),
            ImmutableCollectionsMarshal.AsImmutableArray(fixes));
    }

    public FixBatchSurrogate ConvertToSurrogate(in FixBatch value) => new()
    {
        Tenant = value.Tenant.Value, ReceivedAtMicros = value.ReceivedAt.Value,
        Fixes = FixBatchCodec.Encode(value.Fixes.AsSpan()),
    };
}
