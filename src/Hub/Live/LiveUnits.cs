using System.Collections.Concurrent;
using FieldCrm.Core;
using FieldCrm.Silo;
using FieldCrm.Silo.Positions;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace FieldCrm.Hub.Live;

/// <summary>
/// Sends live pictures: every tick it asks the board once a tenant what changed, and hands each connection one message.
/// A connection that has not taken its message is skipped, and gets a whole picture once it has: nothing waits for it
/// and nothing is kept for it.
/// </summary>
internal sealed partial class LiveUnits(
    IPositionBoard board, IHubContext<UnitsHub> hub, LiveMetrics metrics, IOptions<LiveOptions> options,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<LiveUnits> logger) : BackgroundService
{
    private const int Snapshot = 1;
    private const int Changes = 2;

    // A view's tiles reach beyond it; with this many units in them it gets counts whatever lies inside its edges.
    private const int MaxTileUnits = 24_000;

    // Ten watches a second, one heartbeat below the five seconds that a client is promised.
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan HeartbeatAfter = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan CountInterval = TimeSpan.FromMilliseconds(CountGrids.MaxAgeMs);

    private readonly ConcurrentDictionary<string, UnitsConnection> _connections = new();
    private readonly ConcurrentQueue<UnitsConnection> _joined = new();
    private readonly Dictionary<TenantId, UnitsPicture> _pictures = [];
    private readonly SemaphoreSlim _someone = new(0, 1);

    public void Connect(string id, TenantId tenant, Action abort)
    {
        var connection = new UnitsConnection(id, tenant, abort);
        _connections[id] = connection;
        _joined.Enqueue(connection);
        if (_someone.CurrentCount == 0)
            TryWake();
    }

    public void Watch(string id, WatchRequest request)
    {
        if (_connections.TryGetValue(id, out var connection))
            connection.Ask(request);
    }

    public void Disconnect(string id)
    {
        if (_connections.TryRemove(id, out var connection))
            connection.IsClosed = true;
    }

    /// <summary>One tick. Never at the same time as another.</summary>
    public void Tick()
    {
        var now = time.GetTimestamp();
        var baseUnixMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        while (_joined.TryDequeue(out var joined))
            PictureOf(joined.Tenant).Connections.Add(joined);
        foreach (var picture in _pictures.Values)
        {
            foreach (var connection in picture.Connections)
                TakeWatch(picture, connection, now);
            picture.Refresh(baseUnixMs);
            foreach (var connection in picture.Connections)
                Serve(picture, connection, now, baseUnixMs);
            picture.Connections.RemoveAll(c => c.IsClosed && Closed(picture, c));
        }
        foreach (var empty in _pictures.Values.Where(p => p.Connections.Count == 0).ToArray())
        {
            _pictures.Remove(empty.Tenant);
            board.Forget(empty.Tenant);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (_pictures.Count == 0 && _joined.IsEmpty)
                await _someone.WaitAsync(stoppingToken);
            var began = time.GetTimestamp();
            try
            {
                Tick();
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e); // a defect in one picture must not end everybody's
                _pictures.Clear();
                foreach (var connection in _connections.Values)
                    connection.Abort();
            }
            var took = time.GetElapsedTime(began);
            // Half of the time at most is spent here, and no tick comes more often than there is something new to see.
            var pause = took * 2 > options.Value.Tick ? took * 2 : options.Value.Tick;
            metrics.Ticked(took, isStretched: pause > options.Value.Tick);
            await Task.Delay((pause < options.Value.MaxTick ? pause : options.Value.MaxTick) - Min(took, options.Value.Tick * 0.9), time, stoppingToken);
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private void TryWake()
    {
        try
        {
            _someone.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else has just done it.
        }
    }

    private UnitsPicture PictureOf(TenantId tenant)
    {
        if (!_pictures.TryGetValue(tenant, out var picture))
            _pictures.Add(tenant, picture = new UnitsPicture(tenant, board, metrics));
        return picture;
    }

    private static bool Closed(UnitsPicture picture, UnitsConnection connection)
    {
        picture.Leave(connection);
        return true;
    }

    private void TakeWatch(UnitsPicture picture, UnitsConnection connection, long now)
    {
        if (!connection.HasNext || connection.Watch is not null && time.GetElapsedTime(connection.WatchTakenAt, now) < WatchInterval)
            return;
        picture.Leave(connection);
        connection.TryTakeNext(now);
        picture.Join(connection);
    }

    private void Serve(UnitsPicture picture, UnitsConnection connection, long now, long baseUnixMs)
    {
        try
        {
            if (connection.Watch is not { } watch || connection.IsClosed)
                return;
            if (!connection.InFlight.IsCompleted)
            {
                if (connection.Blocks.Count > 0 || connection.IsBehind)
                    metrics.Skipped();
                connection.IsBehind |= connection.Blocks.Count > 0;
                return;
            }
            if (connection.InFlight.IsFaulted)
                LogNotSent(connection.Id, connection.InFlight.Exception.GetBaseException().GetType().Name);
            if (connection.IsBehind || time.GetElapsedTime(connection.CountedAt, now) >= CountInterval)
                Choose(picture, connection, watch, now, baseUnixMs);
            else if (connection.IsCounting)
                return;
            if (connection.IsCounting || connection.IsBehind)
                return;
            if (connection.Blocks.Count > 0)
                Send(connection, now, UnitsHub.UnitsMessage, watch.Watch, Changes, (double)baseUnixMs, new UnitBlocks([.. connection.Blocks]));
            else if (time.GetElapsedTime(connection.SentAt, now) >= HeartbeatAfter)
                Send(connection, now, UnitsHub.UnitsMessage, watch.Watch, Changes, (double)baseUnixMs, UnitBlocks.None);
        }
        finally
        {
            connection.Blocks.Clear();
        }
    }

    /// <summary>Units or counts: at a new view, once a second, and when a connection is behind.</summary>
    private void Choose(UnitsPicture picture, UnitsConnection connection, WatchRequest watch, long now, long baseUnixMs)
    {
        connection.CountedAt = now;
        var count = picture.CountIn(watch.Box);
        var wasCounting = connection.IsCounting;
        var mustCount = count > (wasCounting ? options.Value.UnitsAgain : options.Value.MaxUnits);
        if (!mustCount && !wasCounting && !connection.IsBehind)
            return; // goes on with changes
        if (!mustCount && picture.Snapshot(connection, baseUnixMs, MaxTileUnits) is { } blocks)
        {
            connection.IsCounting = connection.IsBehind = false;
            connection.Blocks.Clear(); // the picture has them
            Send(connection, now, UnitsHub.UnitsMessage, watch.Watch, Snapshot, (double)baseUnixMs, blocks);
            return;
        }
        connection.IsCounting = true;
        connection.IsBehind = false;
        var (level, cells) = picture.Counts(watch, time.GetUtcNow().ToUnixTimeMilliseconds());
        Send(connection, now, UnitsHub.CountsMessage, watch.Watch, (double)baseUnixMs, level, cells);
    }

    private void Send(UnitsConnection connection, long now, string message, params object?[] arguments)
    {
        connection.SentAt = now;
        connection.InFlight = hub.Clients.Client(connection.Id).SendCoreAsync(message, arguments);
        metrics.Sent();
    }

    [LoggerMessage(5000, LogLevel.Error, "A live tick failed; its connections are closed and come back")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(5001, LogLevel.Debug, "Live connection {Connection} took no message ({Exception})")]
    private partial void LogNotSent(string connection, string exception);
}
