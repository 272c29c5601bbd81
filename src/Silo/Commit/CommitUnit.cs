using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Ledger;
using NpgsqlTypes;

namespace FieldCrm.Silo.Commit;

/// <summary>
/// What one grain decided in one turn. It is committed whole or not at all, in one transaction with the units of
/// many other grains.
/// </summary>
public sealed record CommitUnit
{
    /// <summary>
    /// Writes nothing: it completes when the fate of everything handed in before under the same lane key is known.
    /// A grain passes one through before it reads, lest it read before its own last commit lands.
    /// </summary>
    public static CommitUnit Barrier(TenantId tenant) => new() { Tenant = tenant };

    public required TenantId Tenant { get; init; }

    /// <summary>Positions of one device; null when the unit has none.</summary>
    public DeviceFixes? Fixes { get; init; }

    /// <summary>Ledger rows in stream order; each stream's versions follow what the grain last knew.</summary>
    public ImmutableArray<EventEntry> Events { get; init; } = [];

    public ImmutableArray<OutboxMessage> Outbox { get; init; } = [];

    /// <summary>Read models, snapshots, due times: small statements that run after the events.</summary>
    public ImmutableArray<SqlStatement> Statements { get; init; } = [];

    /// <summary>Refused for good with several fixes, it is parked as it is instead of being handed back.</summary>
    public bool IsParkedWhole { get; init; }

    internal bool IsBarrier => Fixes is null && Events.IsEmpty && Outbox.IsEmpty && Statements.IsEmpty;

    /// <summary>The statements write a device's snapshot.</summary>
    public bool HasSnapshot { get; init; }

    /// <summary>Rows a lane counts for this unit when it fills a batch.</summary>
    internal int Weight => 1 + (Fixes?.Count ?? 0) + Events.Length + Outbox.Length + Statements.Length;
}

/// <param name="Forward">Newer than everything stored of this device: copied straight into <c>fix</c>.</param>
/// <param name="Late">May be stored already: inserted unless they are; what is new marks the device for a refold
///, except what lies beyond the window.</param>
public sealed record DeviceFixes(
    DeviceId Device, UtcMicros ReceivedAt, ImmutableArray<Fix> Forward, ImmutableArray<Fix> Late,
    ImmutableArray<Fix> BeyondWindow)
{
    public int Count => Forward.Length + Late.Length + BeyondWindow.Length;
}

/// <summary>An effect on the outside or on another grain: delivered after the commit, at least once.</summary>
/// <param name="Id">Derived from what caused it, so that deciding twice stores it once.</param>
/// <param name="Kind">Chooses the handler: <c>alarm.raised</c>.</param>
/// <param name="Target">Whom it is for, as the handler understands it: <c>tenant/3</c>.</param>
/// <param name="Payload">JSON.</param>
public sealed record OutboxMessage(Guid Id, string Kind, string Target, string Payload, UtcMicros NextAttemptAt)
{
    /// <summary>As of <see cref="EventEntry.PositionAt"/>.</summary>
    public UtcMicros? PositionAt { get; init; }
}

/// <summary>A parameter of a <see cref="SqlStatement"/>; null means SQL NULL.</summary>
public readonly record struct SqlValue(object? Value, NpgsqlDbType Type);

/// <summary>One parameterised statement ($1, $2 …) of a unit.</summary>
/// <param name="ExpectedRows">
/// Rows it must touch; another count refuses the unit as a conflict (somebody else moved the row). Null: any.
/// </param>
public sealed record SqlStatement(string Text, ImmutableArray<SqlValue> Values, int? ExpectedRows = null);
