using System.Diagnostics;
using System.Net.Sockets;
using FieldCrm.LoadTests.Fleet;
using FieldCrm.LoadTests.Processes;
using FieldCrm.LoadTests.Throughput;
using FieldCrm.LoadTests.Wire;

namespace FieldCrm.LoadTests.Live;

/// <summary>
/// Every device reports once a second at a moment of its own, whatever became of the one before: a fix carries the time at which it
/// was due, so that a sender who fell behind makes everything after it late, as it would be.
/// </summary>
internal sealed class SteadyFleet : IDisposable
{
    private readonly int _port;
    private readonly TimeProvider _time;
    private readonly byte[][] _tokens;
    private readonly HttpConnection[] _connections;
    private readonly Lock _lock = new();
    private LatencyHistogram _answers = new();
    private long _acknowledged;
    private long _refused;
    private long _notBeforeMicros;

    public SteadyFleet(int port, IReadOnlyList<FleetDevice> devices, int connections, TimeProvider time)
    {
        _port = port;
        _time = time;
        _tokens = [.. devices.Select(FixesTemplate.TokenBytes)];
        _connections = new HttpConnection[Math.Min(connections, devices.Count)];
    }

    /// <summary>Since the last call: time from send to durable answer, fixes acknowledged, and fixes that were not.</summary>
    public (LatencyHistogram Answers, long Acknowledged, long Refused) Take()
    {
        lock (_lock)
        {
            var taken = (_answers, _acknowledged, _refused);
            (_answers, _acknowledged, _refused) = (new LatencyHistogram(), 0, 0);
            return taken;
        }
    }

    /// <summary>
    /// What was due before this moment and is not sent yet never will be: a server that is still being compiled falls behind,
    /// and that is no part of what a running one takes.
    /// </summary>
    public void BeginAnew() => Volatile.Write(ref _notBeforeMicros, NowMicros());

    /// <summary>Drives until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        var startMicros = NowMicros() + 1_000_000;
        return Task.WhenAll(Enumerable.Range(0, _connections.Length).Select(i => Task.Run(() => DriveAsync(i, startMicros, cancellationToken), cancellationToken)));
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
            connection?.Dispose();
    }

    private async Task DriveAsync(int worker, long startMicros, CancellationToken cancellationToken)
    {
        var connection = _connections[worker] = new HttpConnection(_port);
        var day = DateOnly.FromDateTime(DateTime.UnixEpoch.AddMicroseconds(startMicros));
        var template = new FixesTemplate(1, _tokens[0].Length, day);
        for (long second = 0; !cancellationToken.IsCancellationRequested; second++)
        {
            for (var device = worker; device < _tokens.Length; device += _connections.Length)
            {
                var dueMicros = startMicros + second * 1_000_000 + device * 1_000_000L / _tokens.Length;
                if (dueMicros < Volatile.Read(ref _notBeforeMicros))
                    continue;
                var ahead = dueMicros - NowMicros();
                if (ahead > 1_000)
                    await Wait.PauseAsync(TimeSpan.FromMicroseconds(ahead), cancellationToken);
                template.SetToken(_tokens[device]);
                template.SetFix(0, RoadRow.At(device, dueMicros));
                await SendAsync(connection, template.Request, cancellationToken);
            }
        }
    }

    private async Task SendAsync(HttpConnection connection, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var isTaken = false;
        try
        {
            var answer = await connection.SendAsync(request, cancellationToken);
            isTaken = answer.Status == 200 && FixesAnswer.AcceptsAll(answer.Body.Span, 1);
            if (answer.Status is not (200 or 429 or 503))
                throw new InvalidOperationException($"Refused with {answer.Status}: {System.Text.Encoding.UTF8.GetString(answer.Body.Span)}");
        }
        catch (Exception gone) when (gone is SocketException or IOException)
        {
            // Counted as refused: the fix after it is due soon.
        }
        lock (_lock)
        {
            _answers.Add(Stopwatch.GetElapsedTime(began));
            if (isTaken)
                _acknowledged++;
            else
                _refused++;
        }
    }

    private long NowMicros() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
