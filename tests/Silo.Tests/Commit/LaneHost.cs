using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FieldCrm.Silo.Tests.Commit;

/// <summary>The commit lanes of one process, without grains.</summary>
internal sealed class LaneHost : IAsyncDisposable
{
    public const long FirstMicros = 1_767_225_600L * UtcMicros.PerSecond; // 2026-01-01T00:00:00Z

    private static readonly TenantId Tenant = new(0);

    private LaneHost(FieldCrmDatabase database, Incarnation incarnation, CommitLanes lanes, StopSignal lifetime)
    {
        Database = database;
        Incarnation = incarnation;
        Lanes = lanes;
        Lifetime = lifetime;
    }

    public FieldCrmDatabase Database { get; }

    public Incarnation Incarnation { get; }

    public CommitLanes Lanes { get; }

    public StopSignal Lifetime { get; }

    public static async Task<LaneHost> StartAsync(
        DatabaseAddresses addresses, Action<CommitOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new CommitOptions { StatementTimeout = TimeSpan.FromMinutes(1) }; // tests hold lanes by locks
        configure?.Invoke(options);
        var database = new FieldCrmDatabase(addresses);
        var incarnation = new Incarnation(database);
        await incarnation.TakeAsync(CancellationToken.None);
        var lifetime = new StopSignal();
        var lanes = new CommitLanes(
            database, incarnation, Options.Create(options), lifetime, NullLoggerFactory.Instance, time ?? TimeProvider.System);
        return new LaneHost(database, incarnation, lanes, lifetime);
    }

    public Task<CommitOutcome> CommitAsync(long laneKey, CommitUnit unit) => Lanes.CommitAsync(laneKey, unit);

    public static Fix FixAt(int second, string? attributes = null) => new Fix
    {
        FixedAt = new UtcMicros(FirstMicros + second * UtcMicros.PerSecond),
        Position = new GeoPoint(-349_000_000 + second, -562_000_000), AttributesJson = attributes,
    }.Hashed();

    public static CommitUnit Forward(int device, params ImmutableArray<Fix> fixes) => new()
    {
        Tenant = Tenant, Fixes = new DeviceFixes(new DeviceId(device), new UtcMicros(FirstMicros), fixes, [], []),
    };

    public static CommitUnit Late(int device, params ImmutableArray<Fix> fixes) => new()
    {
        Tenant = Tenant, Fixes = new DeviceFixes(new DeviceId(device), new UtcMicros(FirstMicros), [], fixes, []),
    };

    public static CommitUnit Event(string stream, StreamHead head, out StreamHead next)
    {
        var entry = EventChain.Append(
            head, Tenant, stream, "Happened", "{}", new UtcMicros(FirstMicros), new byte[EventChain.SaltBytes]);
        next = entry.Head;
        return new CommitUnit { Tenant = Tenant, Events = [entry] };
    }

    public static CommitUnit Statement(string sql, int? expectedRows = null) =>
        new() { Tenant = Tenant, Statements = [new SqlStatement(sql, [], expectedRows)] };

    public static CommitUnit Message(int number) => new()
    {
        Tenant = Tenant,
        Outbox = [new OutboxMessage(new Guid(number, 0, 0, new byte[8]), "test", "tenant/0", "{}", new UtcMicros(FirstMicros))],
    };

    public async ValueTask DisposeAsync()
    {
        await Lanes.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>Remembers that the process was asked to end.</summary>
    public sealed class StopSignal : IHostApplicationLifetime
    {
        public bool IsAsked { get; private set; }

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => IsAsked = true;
    }
}
