using System.Buffers.Binary;
using System.Net.WebSockets;
using FieldCrm.LoadTests.Processes;

namespace FieldCrm.LoadTests.Live;

/// <summary>Where a console's map shows a unit, and the time of that fix.</summary>
internal readonly record struct ShownUnit(int LatitudeE7, int LongitudeE7, long FixedAtUnixMs);

/// <summary>A console's picture of the whole world, kept through whatever happens to its connection.</summary>
internal sealed class UnitsWatcher(int port, string credential)
{
    private const double WorldZoom = 1;
    private const long FullE7 = 1_800_000_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly Lock _lock = new();
    private readonly Dictionary<uint, ShownUnit> _units = [];

    public int Connections { get; private set; }

    public Dictionary<uint, ShownUnit> Picture
    {
        get
        {
            lock (_lock)
                return new(_units);
        }
    }

    /// <summary>Until cancelled, again and again.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                using var console = await LiveConsole.OpenAsync(port, credential, cancellationToken);
                Connections++;
                await console.WatchAsync((-900_000_000, -FullE7, 900_000_000, FullE7), WorldZoom, cancellationToken);
                await console.ReadAsync(Note, cancellationToken);
            }
            catch (WebSocketException)
            {
                await Wait.PauseAsync(Pause, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    // All that left first, then all records: a unit that moved between two tiles is in both (docs/wire/LIVE.md).
    private void Note(UnitsMessage message)
    {
        lock (_lock)
        {
            if (message.Mode == UnitsMessage.Snapshot)
                _units.Clear();
            foreach (var block in message.Blocks)
            {
                var goneAt = 8 + BinaryPrimitives.ReadInt32LittleEndian(block) * PositionAges.RecordBytes;
                for (var at = goneAt; at < block.Length; at += sizeof(uint))
                    _units.Remove(BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(at)));
            }
            foreach (var block in message.Blocks)
            {
                var records = BinaryPrimitives.ReadInt32LittleEndian(block);
                for (var i = 0; i < records; i++)
                {
                    var record = block.AsSpan(8 + i * PositionAges.RecordBytes, PositionAges.RecordBytes);
                    _units[BinaryPrimitives.ReadUInt32LittleEndian(record)] = new ShownUnit(
                        BinaryPrimitives.ReadInt32LittleEndian(record[4..]), BinaryPrimitives.ReadInt32LittleEndian(record[8..]),
                        (long)message.BaseUnixMs + BinaryPrimitives.ReadInt32LittleEndian(record[12..]));
                }
            }
        }
    }
}
