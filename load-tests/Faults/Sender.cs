using System.Net.Sockets;
using System.Text;
using FieldCrm.LoadTests.Fleet;
using FieldCrm.LoadTests.Processes;
using FieldCrm.LoadTests.Wire;

namespace FieldCrm.LoadTests.Faults;

/// <summary>
/// Phones: each device sends its requests one after the other and repeats one until it is acknowledged; only then it
/// forgets it. Keeps its own list of what was acknowledged.
/// </summary>
internal sealed class Sender(int port, IReadOnlyList<FleetDevice> devices, DeviceTraffic[] traffic)
{
    private const int Connections = 16;

    /// <summary>Above the product's own deadline of 10 s for a commit.</summary>
    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Repeat = TimeSpan.FromMilliseconds(20);

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<HashSet<PlannedFix>> _acknowledged = [.. traffic.Select(_ => new HashSet<PlannedFix>())];
    private readonly int _all = traffic.Sum(device => device.Requests.Count);
    private int _done;
    private int _gateAt = int.MaxValue;
    private int _repeats;
    private long _watchSince = long.MaxValue;
    private TaskCompletionSource<TimeSpan> _firstAfter = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Share of the requests that are acknowledged, 0 … 1.</summary>
    public double Progress => Volatile.Read(ref _done) / (double)_all;

    public int Repeats => Volatile.Read(ref _repeats);

    /// <summary>By device, in the order of the fleet.</summary>
    public IReadOnlyList<IReadOnlySet<PlannedFix>> Acknowledged => _acknowledged;

    /// <summary>From this share on everybody waits for <see cref="OpenGate"/>, so that traffic is left for after a kill.</summary>
    public void CloseGateAt(double progress) => _gateAt = (int)(_all * progress);

    public void OpenGate() => _gate.TrySetResult();

    /// <summary>The time from now to the first acknowledgement of a request that is sent after now.</summary>
    public Task<TimeSpan> WatchFirstAcknowledgement()
    {
        _firstAfter = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _watchSince, TimeProvider.System.GetTimestamp());
        return _firstAfter.Task;
    }

    /// <summary>Completes when every request of every device is acknowledged.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Enumerable.Range(0, Math.Min(Connections, devices.Count)).Select(worker => Task.Run(() => WorkAsync(worker, cancellationToken), cancellationToken)));

    private async Task WorkAsync(int worker, CancellationToken cancellationToken)
    {
        using var connection = new HttpConnection(port);
        var own = Enumerable.Range(0, devices.Count).Where(device => device % Connections == worker).ToArray();
        for (var round = 0; own.Length > 0; round++)
        {
            var isAnyLeft = false;
            foreach (var device in own)
            {
                if (round >= traffic[device].Requests.Count)
                    continue;
                isAnyLeft = true;
                if (Volatile.Read(ref _done) >= _gateAt)
                    await _gate.Task.WaitAsync(cancellationToken);
                await DeliverAsync(connection, device, traffic[device].Requests[round], cancellationToken);
            }
            if (!isAnyLeft)
                return;
        }
    }

    private async Task DeliverAsync(HttpConnection connection, int device, PlannedRequest request, CancellationToken cancellationToken)
    {
        var bytes = request.Render(devices[device]);
        while (true)
        {
            var sentAt = TimeProvider.System.GetTimestamp();
            if (await TrySendAsync(connection, request, bytes, cancellationToken))
            {
                Note(device, request.Fixes, sentAt);
                return;
            }
            Interlocked.Increment(ref _repeats);
            await Wait.PauseAsync(Repeat, cancellationToken);
        }
    }

    private void Note(int device, IReadOnlyList<PlannedFix> fixes, long sentAt)
    {
        _acknowledged[device].UnionWith(fixes); // a device has one worker
        Interlocked.Increment(ref _done);
        if (Volatile.Read(ref _watchSince) is var since && sentAt > since)
            _firstAfter.TrySetResult(TimeProvider.System.GetElapsedTime(since));
    }

    private static async Task<bool> TrySendAsync(
        HttpConnection connection, PlannedRequest request, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnswerDeadline);
        HttpAnswer answer;
        try
        {
            answer = await connection.SendAsync(bytes, deadline.Token);
        }
        catch (Exception gone) when (gone is SocketException or IOException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        if (answer.Status is 429 or 503)
            return false;
        if (answer.Status != 200 || !request.IsTakenBy(answer))
            throw new InvalidOperationException($"A request was answered with {answer.Status}: {Encoding.UTF8.GetString(answer.Body.Span)}");
        return true;
    }
}
