using System.Collections.Concurrent;
using FieldCrm.Core;
using FieldCrm.Silo;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// Who reports, for every request of every device: from memory as a rule. What an administrator changes is forgotten
/// at once, here and in other processes, by the notice that his transaction sends (<see cref="DirectoryListener"/>);
/// while notices may be lost, nothing older than 5 s is believed.
/// </summary>
internal sealed class DeviceDirectory(
    DirectoryLookup lookup, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    /// <summary>Beyond the devices of a full tenant; about 20 MB.</summary>
    public const int MaxKnown = 200_000;

    /// <summary>Of no use but to spare the database a device that keeps asking.</summary>
    public const int MaxUnknown = 20_000;

    /// <summary>Look-ups under way; those beyond it are refused, since a device asks again.</summary>
    public const int MaxWaiting = 2_048;

    public static readonly TimeSpan MaxAge = NoticeFreshness.MaxAge;
    public static readonly TimeSpan MaxAgeOfUnknown = TimeSpan.FromSeconds(2);

    private const int LookupsAtOnce = 16;

    private readonly Half<TokenKey> _byToken = new();
    private readonly Half<ClaimKey> _byClaim = new();
    private readonly SemaphoreSlim _gate = new(LookupsAtOnce);
    private int _waiting;

    private readonly NoticeFreshness _freshness = new(time);

    // Moved by every notice: what was being looked up meanwhile is answered and not remembered.
    private long _changes;
    private long _additions;

    /// <param name="token">As it stands in the URL.</param>
    /// <param name="claimedId">What the device calls itself; only read with a tenant's enrolment token.</param>
    /// <exception cref="TimeoutException">More is asked than the database can answer.</exception>
    public ValueTask<Reporter> FindAsync(string token, string? claimedId, CancellationToken cancellationToken)
    {
        if (token.Length is 0 or > SecretToken.MaxLength)
            return default;
        var key = TokenKey.Of(token);
        if (!TryRecall(_byToken, key, out var reporter))
            return LoadThenClaimAsync(key, claimedId, cancellationToken);
        return reporter.Status == ReporterStatus.Unregistered && claimedId is not null
            ? FindByClaimAsync(new ClaimKey(reporter.Tenant.Value, claimedId), cancellationToken)
            : new ValueTask<Reporter>(reporter);
    }

    /// <summary>
    /// As <see cref="FindAsync"/>, for those alone who were found before, however long ago: null for anybody else, and no
    /// look-up. Who is remembered goes on being heard where strangers have used up what may be asked.
    /// </summary>
    public async ValueTask<Reporter?> FindRememberedAsync(string token, string? claimedId, CancellationToken cancellationToken)
    {
        if (token.Length is 0 or > SecretToken.MaxLength)
            return default(Reporter);
        if (!IsRemembered(_byToken, TokenKey.Of(token)))
            return null;
        var reporter = await FindAsync(token, claimedId: null, cancellationToken);
        return reporter.Status == ReporterStatus.Unregistered && claimedId is not null
            ? await FindRememberedAsync(new ClaimKey(reporter.Tenant.Value, claimedId), cancellationToken) : reporter;
    }

    /// <summary>As <see cref="FindBareAsync"/>, for those alone who were found before.</summary>
    public ValueTask<Reporter?> FindRememberedBareAsync(string claimedId, CancellationToken cancellationToken) =>
        FindRememberedAsync(new ClaimKey(null, claimedId), cancellationToken);

    private async ValueTask<Reporter?> FindRememberedAsync(ClaimKey key, CancellationToken cancellationToken) =>
        IsRemembered(_byClaim, key) ? await FindByClaimAsync(key, cancellationToken) : null;

    private bool IsRemembered<TKey>(Half<TKey> half, TKey key)
        where TKey : notnull => half.Known.Find(key) is not null || TryRecall(half, key, out _);

    /// <summary>A device that gives an id and no secret: one registered for that, else the operator's to admit.</summary>
    public ValueTask<Reporter> FindBareAsync(string claimedId, CancellationToken cancellationToken) =>
        FindByClaimAsync(new ClaimKey(null, claimedId), cancellationToken);

    /// <summary>Notices arrive from now on; whatever is remembered may be stale.</summary>
    public void BeginLife()
    {
        _freshness.BeginLife();
        Interlocked.Increment(ref _changes);
    }

    /// <inheritdoc cref="NoticeFreshness.Confirm"/>
    public void Confirm(long timestamp) => _freshness.Confirm(timestamp);

    public void ForgetDevice(DeviceId device) => Forget(r => r.Status > ReporterStatus.Unregistered && r.Device == device);

    public void ForgetEnrolment(TenantId tenant) => Forget(r => r.Status == ReporterStatus.Unregistered && r.Tenant == tenant);

    /// <summary>Devices were registered: what was unknown may be known.</summary>
    public void ForgetUnknown()
    {
        Interlocked.Increment(ref _changes);
        Interlocked.Increment(ref _additions);
    }

    private void Forget(Func<Reporter, bool> isStale)
    {
        ForgetUnknown();
        _byToken.Known.RemoveWhere(e => isStale(e.Reporter));
        _byClaim.Known.RemoveWhere(e => isStale(e.Reporter));
    }

    private ValueTask<Reporter> FindByClaimAsync(ClaimKey key, CancellationToken cancellationToken)
    {
        return TryRecall(_byClaim, key, out var reporter)
            ? new ValueTask<Reporter>(reporter)
            : new ValueTask<Reporter>(LoadAsync(_byClaim, key, lookup.ByClaimAsync, cancellationToken));
    }

    private async ValueTask<Reporter> LoadThenClaimAsync(TokenKey key, string? claimedId, CancellationToken cancellationToken)
    {
        var reporter = await LoadAsync(_byToken, key, lookup.ByTokenAsync, cancellationToken);
        return reporter.Status == ReporterStatus.Unregistered && claimedId is not null
            ? await FindByClaimAsync(new ClaimKey(reporter.Tenant.Value, claimedId), cancellationToken)
            : reporter;
    }

    private bool TryRecall<TKey>(Half<TKey> half, TKey key, out Reporter reporter)
        where TKey : notnull
    {
        if (half.Known.Find(key) is { } known && _freshness.IsFresh(known.Read))
        {
            reporter = known.Reporter;
            return true;
        }
        if (half.Unknown.Find(key) is { } unknown && unknown.Additions == Volatile.Read(ref _additions)
            && time.GetElapsedTime(unknown.Read.At) < MaxAgeOfUnknown)
        {
            reporter = unknown.Reporter;
            return true;
        }
        reporter = default;
        return false;
    }

    /// <summary>One look-up however many ask; each waits for it by its own token.</summary>
    private async Task<Reporter> LoadAsync<TKey>(
        Half<TKey> half, TKey key, Func<TKey, Task<Reporter>> load, CancellationToken cancellationToken)
        where TKey : notnull
    {
        var underWay = half.UnderWay.GetOrAdd(key, static (k, s) => new Lazy<Task<Reporter>>(
            () => s.Directory.LoadOnceAsync(s.Half, k, s.Load)), (Directory: this, Half: half, Load: load));
        return await underWay.Value.WaitAsync(cancellationToken);
    }

    private async Task<Reporter> LoadOnceAsync<TKey>(Half<TKey> half, TKey key, Func<TKey, Task<Reporter>> load)
        where TKey : notnull
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            half.UnderWay.TryRemove(key, out _);
            throw new TimeoutException("Too many look-ups are waiting.");
        }
        await _gate.WaitAsync();
        try
        {
            var changes = Volatile.Read(ref _changes);
            var entry = new Entry(_freshness.Now(), Volatile.Read(ref _additions));
            entry = entry with { Reporter = await load(key) };
            Remember(half, key, entry, changes);
            return entry.Reporter;
        }
        finally
        {
            _gate.Release();
            Interlocked.Decrement(ref _waiting);
            half.UnderWay.TryRemove(key, out _);
        }
    }

    private void Remember<TKey>(Half<TKey> half, TKey key, Entry entry, long changes)
        where TKey : notnull
    {
        // An enrolment token is known, whoever claims an id with it.
        var isKnown = entry.Reporter.Status > ReporterStatus.Unregistered
            || (entry.Reporter.Status == ReporterStatus.Unregistered && typeof(TKey) == typeof(TokenKey));
        var cache = isKnown ? half.Known : half.Unknown;
        cache.Set(key, entry);
        (isKnown ? half.Unknown : half.Known).Remove(key); // a token that was replaced is remembered as nobody's only
        if (Volatile.Read(ref _changes) != changes)
            cache.Remove(key);
    }

    private sealed record Entry(NoticeFreshness.Moment Read, long Additions, Reporter Reporter = default);

    private sealed class Half<TKey>
        where TKey : notnull
    {
        public GenerationalCache<TKey, Entry> Known { get; } = new(MaxKnown / 2);

        public GenerationalCache<TKey, Entry> Unknown { get; } = new(MaxUnknown / 2);

        public ConcurrentDictionary<TKey, Lazy<Task<Reporter>>> UnderWay { get; } = new();
    }
}
