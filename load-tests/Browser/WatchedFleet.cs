using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.LoadTests.Fleet;
using FieldCrm.Silo.Positions;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.LoadTests.Browser;

/// <summary>
/// A tenant whose units move once a second each, spread evenly over the second. They are registered through the API and placed on the
/// board that live pictures are made of, past ingest: what is measured is the browser, and the generator must not eat its core.
/// </summary>
internal sealed class WatchedFleet : IAsyncDisposable
{
    // The import takes no more at once.
    private const int ImportSize = 1_000;

    // Parts of a second in which a share of the fleet moves, as the server's tick has.
    private const int Parts = 20;

    private readonly LastPositions _board;
    private readonly TenantId _tenant;
    private readonly int[] _devices;
    private readonly MovingTrack[] _tracks;
    private readonly CancellationTokenSource _stop = new();
    private Task _moving = Task.CompletedTask;

    private WatchedFleet(LastPositions board, TenantId tenant, int[] devices)
    {
        _board = board;
        _tenant = tenant;
        _devices = devices;
        _tracks = [.. devices.Select((_, i) => new MovingTrack(i + 1))];
        for (var part = 0; part < Parts; part++)
            Move(part);
    }

    /// <summary>Parts of a second that were late: the machine was too busy to move everybody at 1 Hz.</summary>
    public int LateParts { get; private set; }

    public static async Task<WatchedFleet> AddAsync(InProcessServer server, string tenant, int count, CancellationToken cancellationToken)
    {
        using var made = await server.Operator.PostAsJsonAsync("/operator/tenants", new { name = tenant }, cancellationToken);
        made.EnsureSuccessStatusCode();
        for (var from = 0; from < count; from += ImportSize)
        {
            var devices = Enumerable.Range(from + 1, Math.Min(ImportSize, count - from)).Select(n => new { id = $"{tenant}-{n}", name = $"Unit {n}" });
            using var imported = await server.Operator.PostAsJsonAsync($"/operator/devices/import?tenant={tenant}", new { devices }, cancellationToken);
            imported.EnsureSuccessStatusCode();
        }
        await using var database = NpgsqlDataSource.Create(server.Database.Owner ?? throw new InvalidOperationException("A database of our own has an owner."));
        await using var command = database.CreateCommand(
            "SELECT d.tenant_id, d.device_id FROM fieldcrm.device d JOIN fieldcrm.tenant t USING (tenant_id) WHERE t.name = $1 ORDER BY d.device_id");
        command.Parameters.AddWithValue(tenant);
        var numbers = new List<int>();
        var id = 0;
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            id = row.GetInt32(0);
            numbers.Add(row.GetInt32(1));
        }
        return new WatchedFleet(server.Get<LastPositions>(), new TenantId(id), [.. numbers]);
    }

    public void Start() => _moving = MoveAsync(_stop.Token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _moving;
        _stop.Dispose();
    }

    private async Task MoveAsync(CancellationToken cancellationToken)
    {
        var span = TimeSpan.FromSeconds(1.0 / Parts);
        using var timer = new PeriodicTimer(span);
        var last = TimeProvider.System.GetTimestamp();
        try
        {
            for (var part = 0; ; part = (part + 1) % Parts)
            {
                await timer.WaitForNextTickAsync(cancellationToken);
                LateParts += TimeProvider.System.GetElapsedTime(last) > 2 * span ? 1 : 0;
                last = TimeProvider.System.GetTimestamp();
                Move(part);
            }
        }
        catch (OperationCanceledException)
        {
            // measured enough
        }
    }

    private void Move(int part)
    {
        var now = UtcMicros.From(TimeProvider.System.GetUtcNow());
        for (var i = part; i < _devices.Length; i += Parts)
        {
            var point = _tracks[i].Advance(now.Value);
            _board.Place(
                _tenant, new DeviceId(_devices[i]),
                new LastPosition
                {
                    FixedAt = now, Position = new GeoPoint(point.LatitudeE7, point.LongitudeE7), SpeedMmps = point.SpeedMmps, HeadingCdeg = i * 37 % 36_000,
                    AccuracyMm = 5_000, BatteryPermille = 800, Motion = point.SpeedMmps > 0 ? MotionState.Moving : MotionState.Stopped,
                },
                now);
        }
    }
}
