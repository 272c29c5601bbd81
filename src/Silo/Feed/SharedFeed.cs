using System.Collections.Immutable;
using FieldCrm.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FieldCrm.Silo.Feed;

/// <summary>
/// A tenant's events for any number of followers in this process: one cursor reads the feed and keeps what it read last;
/// who is further behind reads for himself. Nobody is waited for and nothing is kept for anybody.
/// </summary>
public sealed partial class SharedFeed(
    EventFeed feed, FeedSignal signal, IHostApplicationLifetime lifetime,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<SharedFeed> logger)
{
    /// <summary>Events of one answer at most.</summary>
    public const int MaxBatch = 200;

    // Kept for who is a little behind: some seconds of a busy tenant.
    private const int MaxKept = 2_000;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    // A committed event is seen once every older transaction has ended: after a signal that is soon.
    private static readonly TimeSpan[] LookAgain = [.. new[] { 15, 30, 60, 120, 250 }.Select(ms => TimeSpan.FromMilliseconds(ms))];

    private readonly Lock _gate = new();
    private readonly Dictionary<TenantId, Follower> _followers = [];

    /// <summary>Begins to follow; dispose of it to stop. The tenant's cursor runs while somebody follows.</summary>
    public IDisposable Follow(TenantId tenant)
    {
        lock (_gate)
        {
            if (!_followers.TryGetValue(tenant, out var follower))
            {
                _followers.Add(tenant, follower = new Follower(tenant, lifetime.ApplicationStopping));
                follower.Running = Task.Run(() => RunAsync(follower));
            }
            follower.Count++;
            return new Subscription(this, follower);
        }
    }

    /// <summary>
    /// The next events after a token, waiting for them; they may be none where only the token moved. See
    /// <see cref="FeedPage.SnapshotRequired"/> for a token that is none.
    /// </summary>
    public async Task<FeedPage> NextAsync(TenantId tenant, FeedToken? after, CancellationToken cancellationToken)
    {
        while (after is { } from)
        {
            Follower follower;
            lock (_gate)
                follower = _followers.TryGetValue(tenant, out var found) ? found : throw new InvalidOperationException("Nobody follows the tenant.");
            var (page, moved) = follower.After(from);
            if (page is not null)
                return page;
            if (moved is null)
                break;
            await moved.WaitAsync(cancellationToken);
        }
        return await ReadAsync(tenant, after, cancellationToken);
    }

    /// <summary>A database that is away is waited for, as its clients would do.</summary>
    private async Task<FeedPage> ReadAsync(TenantId tenant, FeedToken? after, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await feed.ReadAsync(tenant, after, MaxBatch, cancellationToken);
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException)
            {
                LogAway(tenant.Value, away.GetType().Name);
                await Task.Delay(LookInterval, time, cancellationToken);
            }
        }
    }

    private async Task RunAsync(Follower follower)
    {
        var raised = signal.Of(follower.Tenant);
        var again = 0;
        while (!follower.Stopping.IsCancellationRequested)
        {
            try
            {
                var page = await feed.ReadAsync(follower.Tenant, follower.Head, EventFeed.MaxPage, follower.Stopping);
                follower.Take(page);
                if (page.HasMore)
                    continue;
                again = page.Events.IsEmpty ? again + 1 : 0;
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException)
            {
                LogAway(follower.Tenant.Value, away.GetType().Name);
                again = LookAgain.Length;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            try
            {
                var pause = again < LookAgain.Length ? LookAgain[again] : LookInterval;
                using var limit = new CancellationTokenSource(pause, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, follower.Stopping);
                await raised.WaitAsync(either.Token);
                again = 0;
            }
            catch (OperationCanceledException)
            {
                // The pause is over, or everything is.
            }
        }
    }

    private void Leave(Follower follower)
    {
        lock (_gate)
        {
            if (--follower.Count > 0)
                return;
            _followers.Remove(follower.Tenant);
        }
        follower.Stop();
    }

    [LoggerMessage(4203, LogLevel.Warning, "The events of tenant {TenantId} cannot be read ({Exception}); followers wait")]
    private partial void LogAway(int tenantId, string exception);

    private sealed class Subscription(SharedFeed shared, Follower follower) : IDisposable
    {
        private int _isDisposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
                shared.Leave(follower);
        }
    }

    /// <summary>What was read last: every event after <c>_from</c> up to <see cref="Head"/>.</summary>
    private sealed class Follower
    {
        private readonly Lock _gate = new();
        private readonly CancellationTokenSource _stop;
        private readonly Queue<FeedEvent> _kept = new();
        private FeedToken? _from;
        private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Follower(TenantId tenant, CancellationToken stopping)
        {
            Tenant = tenant;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            Stopping = _stop.Token;
        }

        public TenantId Tenant { get; }

        public CancellationToken Stopping { get; }

        public int Count { get; set; }

        public Task Running { get; set; } = Task.CompletedTask;

        public FeedToken? Head { get; private set; }

        public void Take(FeedPage page)
        {
            lock (_gate)
            {
                if (page.SnapshotRequired)
                {
                    _kept.Clear();
                    _from = page.Next;
                }
                var hasMoved = page.SnapshotRequired || !page.Events.IsEmpty || Head is null;
                Head = page.Next;
                foreach (var happened in page.Events)
                    _kept.Enqueue(happened);
                while (_kept.Count > MaxKept)
                    _from = _kept.Dequeue().Position;
                if (!hasMoved)
                    return;
                var moved = _moved;
                _moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                moved.SetResult();
            }
        }

        /// <summary>A page where it is known; else what to wait for; neither where the reader must read for himself.</summary>
        public (FeedPage? Page, Task? Moved) After(FeedToken token)
        {
            lock (_gate)
            {
                if (Head is not { } head || _from is not { } from)
                    return (null, null);
                if (token.Epoch != head.Epoch || from.IsAfter(token))
                    return (null, null);
                var events = ImmutableArray.CreateBuilder<FeedEvent>();
                var hasMore = false;
                foreach (var happened in _kept)
                {
                    if (!happened.Position.IsAfter(token))
                        continue;
                    hasMore = events.Count == MaxBatch;
                    if (hasMore)
                        break;
                    events.Add(happened);
                }
                if (events.Count == 0)
                    return (null, _moved.Task);
                var next = hasMore ? events[^1].Position : head;
                return (new FeedPage(events.ToImmutable(), next, hasMore, SnapshotRequired: false), null);
            }
        }

        public void Stop() => _stop.Cancel();
    }
}
