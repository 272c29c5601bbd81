using System.Buffers.Binary;
using FieldCrm.Core.Geo;
using FieldCrm.Hub.Live;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace FieldCrm.Hub.Tests.Live;

/// <summary>A record as a client reads it.</summary>
internal sealed record SeenUnit(
    uint Unit, int LatitudeE7, int LongitudeE7, long FixedUnixMs, long HeardUnixMs, ushort SpeedCmps, ushort HeadingCdeg,
    ushort AccuracyDm, byte Kind, byte Availability, byte Motion, byte Flags, ushort BatteryPermille);

internal sealed record SeenCell(uint X, uint Y, uint Count, uint Alarms, int LatitudeE7, int LongitudeE7);

/// <summary>One message, and the block layout read from docs/wire/LIVE.md rather than from the product's code.</summary>
internal sealed record SeenMessage(int Watch, int Mode, double BaseUnixMs, SeenUnit[] Units, uint[] Gone, SeenCell[] Cells, int Level)
{
    public const int Snapshot = 1;
    public const int Changes = 2;
    public const int Counts = 3;

    public static SeenMessage OfUnits(int watch, int mode, double baseUnixMs, byte[][] blocks)
    {
        var units = new List<SeenUnit>();
        var gone = new List<uint>();
        foreach (var block in blocks)
        {
            var records = BinaryPrimitives.ReadInt32LittleEndian(block);
            var left = BinaryPrimitives.ReadInt32LittleEndian(block.AsSpan(4));
            Assert.Equal(8 + records * 32 + left * 4, block.Length);
            for (var i = 0; i < records; i++)
                units.Add(Record(block.AsSpan(8 + i * 32), (long)baseUnixMs));
            for (var i = 0; i < left; i++)
                gone.Add(BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(8 + records * 32 + i * 4)));
        }
        return new SeenMessage(watch, mode, baseUnixMs, [.. units], [.. gone], [], 0);
    }

    public static SeenMessage OfCounts(int watch, double baseUnixMs, int level, byte[] cells)
    {
        Assert.Equal(0, cells.Length % 24);
        var seen = new SeenCell[cells.Length / 24];
        for (var i = 0; i < seen.Length; i++)
        {
            var at = cells.AsSpan(i * 24);
            seen[i] = new SeenCell(
                BinaryPrimitives.ReadUInt32LittleEndian(at), BinaryPrimitives.ReadUInt32LittleEndian(at[4..]),
                BinaryPrimitives.ReadUInt32LittleEndian(at[8..]), BinaryPrimitives.ReadUInt32LittleEndian(at[12..]),
                BinaryPrimitives.ReadInt32LittleEndian(at[16..]), BinaryPrimitives.ReadInt32LittleEndian(at[20..]));
        }
        return new SeenMessage(watch, Counts, baseUnixMs, [], [], seen, level);
    }

    private static SeenUnit Record(ReadOnlySpan<byte> at, long baseUnixMs) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(at), BinaryPrimitives.ReadInt32LittleEndian(at[4..]),
        BinaryPrimitives.ReadInt32LittleEndian(at[8..]), baseUnixMs + BinaryPrimitives.ReadInt32LittleEndian(at[12..]),
        baseUnixMs + BinaryPrimitives.ReadInt32LittleEndian(at[16..]), BinaryPrimitives.ReadUInt16LittleEndian(at[20..]),
        BinaryPrimitives.ReadUInt16LittleEndian(at[22..]), BinaryPrimitives.ReadUInt16LittleEndian(at[24..]), at[26], at[27], at[28],
        at[29], BinaryPrimitives.ReadUInt16LittleEndian(at[30..]));
}

/// <summary>A console's live map: SignalR's own client, which keeps what it was told.</summary>
internal sealed class UnitsClient : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HubConnection _connection;
    private readonly Lock _gate = new();
    private readonly List<SeenMessage> _messages = [];
    private readonly Dictionary<uint, SeenUnit> _units = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private UnitsClient(HubConnection connection) => _connection = connection;

    public Task Closed => _closed.Task;

    public SeenMessage[] Messages
    {
        get
        {
            lock (_gate)
                return [.. _messages];
        }
    }

    /// <summary>What the picture shows.</summary>
    public Dictionary<uint, SeenUnit> Units
    {
        get
        {
            lock (_gate)
                return new(_units);
        }
    }

    /// <summary>As the operator for a tenant, or with the headers of somebody else.</summary>
    public static async Task<UnitsClient> OpenAsync(InProcessServer server, string? tenant, params (string Name, string Value)[] headers)
    {
        var connection = new HubConnectionBuilder()
            .WithUrl(new Uri(server.Address, UnitsHub.Path + (tenant is null ? "" : "?tenant=" + tenant)), options =>
            {
                if (headers.Length == 0)
                    options.Headers["Authorization"] = server.Operator.DefaultRequestHeaders.Authorization!.ToString();
                foreach (var (name, value) in headers)
                    options.Headers[name] = value;
            })
            .AddMessagePackProtocol()
            .Build();
        var client = new UnitsClient(connection);
        connection.On<int, int, double, byte[][]>("units", (watch, mode, at, blocks) => client.Take(SeenMessage.OfUnits(watch, mode, at, blocks)));
        connection.On<int, double, int, byte[]>("counts", (watch, at, level, cells) => client.Take(SeenMessage.OfCounts(watch, at, level, cells)));
        connection.Closed += _ =>
        {
            client._closed.TrySetResult();
            return Task.CompletedTask;
        };
        await connection.StartAsync();
        return client;
    }

    public Task WatchAsync(int watch, double south, double west, double north, double east, double zoom, object?[]? filter = null) =>
        _connection.SendAsync("watch", new object?[] { watch, E7(south), E7(west), E7(north), E7(east), zoom, filter });

    public Task SendAsync(string method, object? argument) => _connection.SendAsync(method, argument);

    /// <summary>Waits until something was told that the condition names.</summary>
    public Task UntilAsync(Func<UnitsClient, bool> condition) =>
        Eventually.TrueAsync(() => condition(this), Patience, () => $"{Messages.Length} messages, {Units.Count} units, last {Messages.LastOrDefault()}");

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private void Take(SeenMessage message)
    {
        lock (_gate)
        {
            _messages.Add(message);
            if (message.Mode is SeenMessage.Snapshot or SeenMessage.Counts)
                _units.Clear();
            foreach (var gone in message.Gone)
                _units.Remove(gone);
            foreach (var unit in message.Units)
                _units[unit.Unit] = unit;
        }
    }

    private static int E7(double degrees) => (int)Math.Round(degrees * GeoPoint.UnitsPerDegree);
}
