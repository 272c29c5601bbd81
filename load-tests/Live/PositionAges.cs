using System.Buffers.Binary;
using FieldCrm.LoadTests.Throughput;

namespace FieldCrm.LoadTests.Live;

/// <summary>How old positions are when a console has them, by the time that their sender wrote into them.</summary>
internal sealed class PositionAges(TimeProvider time)
{
    public const int RecordBytes = 32;

    private readonly Lock _lock = new();
    private LatencyHistogram _ages = new();
    private HashSet<uint> _units = [];

    /// <summary>Since the last call: ages of changed positions, and how many different units they were of.</summary>
    public (LatencyHistogram Ages, int Units) Take()
    {
        lock (_lock)
        {
            var taken = (_ages, _units.Count);
            (_ages, _units) = (new LatencyHistogram(), []);
            return taken;
        }
    }

    public void Note(UnitsMessage message)
    {
        if (message.Mode != UnitsMessage.Changes)
            return; // a picture is as old as what it shows
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        lock (_lock)
        {
            foreach (var block in message.Blocks)
            {
                var records = BinaryPrimitives.ReadInt32LittleEndian(block);
                for (var i = 0; i < records; i++)
                {
                    var record = block.AsSpan(8 + i * RecordBytes, RecordBytes);
                    _units.Add(BinaryPrimitives.ReadUInt32LittleEndian(record));
                    _ages.Add(TimeSpan.FromMilliseconds(now - message.BaseUnixMs - BinaryPrimitives.ReadInt32LittleEndian(record[12..])));
                }
            }
        }
    }
}
