using System.Diagnostics;
using System.Net.Sockets;
using FieldCrm.LoadTests.Fleet;
using FieldCrm.LoadTests.Processes;
using FieldCrm.LoadTests.Wire;

namespace FieldCrm.LoadTests.Throughput;

/// <summary>
/// Devices that report through HTTP over a bounded number of keep-alive connections. Every connection goes round the
/// devices that are its own, so that a device's fixes arrive in its own order; the next request follows the answer.
/// </summary>
internal sealed class ProductLoad : IDisposable
{
    private static readonly TimeSpan Repeat = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromMinutes(3);

    private readonly Worker[] _workers;

    public ProductLoad(int port, IReadOnlyList<FleetDevice> devices, TrackSource tracks, int connections, int perRequest, DateOnly day)
    {
        var tokens = devices.Select(FixesTemplate.TokenBytes).ToArray();
        _workers = new Worker[Math.Min(connections, devices.Count)];
        for (var i = 0; i < _workers.Length; i++)
        {
            var own = Enumerable.Range(0, devices.Count).Where(device => device % _workers.Length == i).ToArray();
            _workers[i] = new Worker(new HttpConnection(port), tracks, tokens, own, perRequest, day);
        }
    }

    public int Connections => _workers.Length;

    public async Task<PhaseResult> RunAsync(TimeSpan span, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        foreach (var worker in _workers)
            worker.Reset();
        await Task.WhenAll(_workers.Select(worker => Task.Run(() => worker.RunAsync(watch, span, cancellationToken), cancellationToken)));
        var elapsed = watch.Elapsed;
        var latency = new LatencyHistogram();
        foreach (var worker in _workers)
            latency.Add(worker.Latency);
        return new PhaseResult
        {
            Positions = _workers.Sum(worker => worker.Acknowledged), Elapsed = elapsed, Latency = latency,
            Repeats = _workers.Sum(worker => worker.Repeats),
        };
    }

    /// <summary>Until every device has reported so often: grains are active and hot code is compiled.</summary>
    public async Task WarmUpAsync(int roundsOfTheFleet, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while (_workers.Min(worker => worker.Rounds) < roundsOfTheFleet && watch.Elapsed < LongestWarmUp)
            await RunAsync(TimeSpan.FromSeconds(2), cancellationToken);
    }

    public void Dispose()
    {
        foreach (var worker in _workers)
            worker.Dispose();
    }

    private sealed class Worker(
        HttpConnection connection, TrackSource tracks, byte[][] tokens, int[] own, int perRequest, DateOnly day) : IDisposable
    {
        private readonly FixesTemplate _template = new(perRequest, tokens[0].Length, day);
        private int _next;

        public long Acknowledged { get; private set; }

        public long Repeats { get; private set; }

        public LatencyHistogram Latency { get; private set; } = new();

        /// <summary>How often each of its devices has reported, from the beginning.</summary>
        public int Rounds { get; private set; }

        public void Reset()
        {
            Acknowledged = 0;
            Repeats = 0;
            Latency = new LatencyHistogram();
        }

        public async Task RunAsync(Stopwatch watch, TimeSpan span, CancellationToken cancellationToken)
        {
            while (watch.Elapsed < span)
            {
                Render(own[_next]);
                _next = (_next + 1) % own.Length;
                Rounds += _next == 0 ? 1 : 0;
                while (!await TrySendAsync(cancellationToken))
                {
                    Repeats++;
                    await Wait.PauseAsync(Repeat, cancellationToken);
                }
                Acknowledged += perRequest;
            }
        }

        public void Dispose() => connection.Dispose();

        private void Render(int device)
        {
            _template.SetToken(tokens[device]);
            for (var i = 0; i < perRequest; i++)
                _template.SetFix(i, tracks.Next(device));
        }

        private async ValueTask<bool> TrySendAsync(CancellationToken cancellationToken)
        {
            var began = Stopwatch.GetTimestamp();
            HttpAnswer answer;
            try
            {
                answer = await connection.SendAsync(_template.Request, cancellationToken);
            }
            catch (Exception gone) when (gone is SocketException or IOException)
            {
                return false;
            }
            if (answer.Status is not (200 or 429 or 503))
                throw new InvalidOperationException($"Refused with {answer.Status}: {System.Text.Encoding.UTF8.GetString(answer.Body.Span)}");
            if (answer.Status != 200)
                return false;
            if (!FixesAnswer.AcceptsAll(answer.Body.Span, perRequest))
                throw new InvalidOperationException($"Not all were taken: {System.Text.Encoding.UTF8.GetString(answer.Body.Span)}");
            Latency.Add(Stopwatch.GetElapsedTime(began));
            return true;
        }
    }
}
