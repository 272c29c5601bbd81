using System.Buffers.Binary;
using System.Diagnostics;
using FieldCrm.LoadTests.Fleet;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.LoadTests.Throughput;

/// <summary>
/// The yardstick: binary COPY of 1,000 rows a transaction on one connection, straight into the product's own table with
/// its indexes, of the same tracks in the same order of devices. No rows of a real device: the ids lie above all others.
/// </summary>
internal sealed class RawCopy : IAsyncDisposable
{
    public const int RowsPerTransaction = 1_000;
    public const int FirstDeviceId = 1_000_000_000;

    private const string Command =
        "COPY fieldcrm.fix (device_id, tenant_id, fixed_at, content_hash, received_at, position, altitude_mm, speed_mmps, "
        + "heading_cdeg, accuracy_mm, battery_permille, alarm, declared_invalid, attributes, tx, seq) FROM STDIN (FORMAT BINARY)";

    private readonly NpgsqlConnection _connection;
    private readonly TrackSource _tracks;
    private readonly int _perRequest;
    private readonly byte[] _point = NewPoint();
    private int _nextDevice;

    private RawCopy(NpgsqlConnection connection, TrackSource tracks, int perRequest)
    {
        _connection = connection;
        _tracks = tracks;
        _perRequest = perRequest;
    }

    public static async Task<RawCopy> OpenAsync(
        string address, TrackSource tracks, int perRequest, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(address);
        await connection.OpenAsync(cancellationToken);
        return new RawCopy(connection, tracks, perRequest);
    }

    public async Task<PhaseResult> RunAsync(TimeSpan span, CancellationToken cancellationToken)
    {
        var latency = new LatencyHistogram();
        long rows = 0;
        var watch = Stopwatch.StartNew();
        await Task.Run(() =>
        {
            while (watch.Elapsed < span)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var began = watch.Elapsed;
                CopyOnce();
                latency.Add(watch.Elapsed - began);
                rows += RowsPerTransaction;
            }
        }, cancellationToken);
        return new PhaseResult { Positions = rows, Elapsed = watch.Elapsed, Latency = latency };
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    // Alone it is a transaction: COPY commits when it completes.
    private void CopyOnce()
    {
        var receivedAt = DateTime.UnixEpoch.AddTicks(_tracks.NewestMicros * TimeSpan.TicksPerMicrosecond);
        using var import = _connection.BeginBinaryImport(Command);
        for (var row = 0; row < RowsPerTransaction;)
        {
            var device = _nextDevice;
            _nextDevice = (_nextDevice + 1) % _tracks.Count;
            for (var i = 0; i < _perRequest && row < RowsPerTransaction; i++, row++)
                WriteRow(import, FirstDeviceId + device, _tracks.Next(device), receivedAt, row);
        }
        import.Complete();
    }

    private void WriteRow(NpgsqlBinaryImporter import, int device, in TrackPoint point, DateTime receivedAt, int seq)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_point.AsSpan(9), point.LongitudeE7 / 1e7);
        BinaryPrimitives.WriteDoubleLittleEndian(_point.AsSpan(17), point.LatitudeE7 / 1e7);
        import.StartRow();
        import.Write(device, NpgsqlDbType.Integer);
        import.Write(0, NpgsqlDbType.Integer);
        import.Write(DateTime.UnixEpoch.AddTicks(point.FixedAtMicros * TimeSpan.TicksPerMicrosecond), NpgsqlDbType.TimestampTz);
        import.Write(point.FixedAtMicros * 31 + point.LatitudeE7, NpgsqlDbType.Bigint);
        import.Write(receivedAt, NpgsqlDbType.TimestampTz);
        import.Write(_point, NpgsqlDbType.Bytea);
        import.WriteNull();
        import.Write(point.SpeedMmps, NpgsqlDbType.Integer);
        import.WriteNull();
        import.WriteNull();
        import.WriteNull();
        import.Write((short)0, NpgsqlDbType.Smallint);
        import.Write(false, NpgsqlDbType.Boolean);
        import.WriteNull();
        import.Write(0L, NpgsqlDbType.Bigint); // no default to evaluate a row: the yardstick is as fast as it can be
        import.Write(seq, NpgsqlDbType.Integer);
    }

    // EWKB: little-endian, point with SRID 4326; the coordinates follow from byte 9.
    private static byte[] NewPoint()
    {
        var bytes = new byte[25];
        bytes[0] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(1), 0x2000_0001);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(5), 4326);
        return bytes;
    }
}
