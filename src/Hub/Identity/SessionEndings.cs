using System.Collections.Concurrent;
using System.Security.Claims;
using System.Threading.Channels;
using FieldCrm.Core;
using FieldCrm.Silo;
using Npgsql;

namespace FieldCrm.Hub.Identity;

/// <summary>Somebody's connections may have to end: a user, a token or a device changed. One of the ids is set.</summary>
internal sealed record SessionEnded(Guid? User = null, Guid? Token = null, DeviceId? Device = null);

/// <summary>
/// Tells whoever holds connections open that they are over: at once where the database's notice is heard, else by asking
/// every 3 s, so that a disabled or demoted user is out within 5 s whatever is lost.
/// </summary>
internal sealed partial class SessionEndings(
    UserDirectory users, TokenDirectory tokens, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<SessionEndings> logger)
    : BackgroundService
{
    private static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(3);

    // Beyond these the next asking finds them.
    private const int MaxHeard = 1_024;

    private readonly ConcurrentDictionary<object, Watched> _watched = new();
    private readonly ConcurrentDictionary<object, Action<SessionEnded>> _listeners = new();
    private readonly Channel<SessionEnded> _heard =
        Channel.CreateBounded<SessionEnded>(new BoundedChannelOptions(MaxHeard) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>
    /// Calls <paramref name="ended"/> once, from any thread, when the session behind the principal is over or its role is
    /// another one. One watch a connection; dispose of it with the connection.
    /// </summary>
    public IDisposable Watch(ClaimsPrincipal principal, Action ended)
    {
        var watch = new Subscription(key => _watched.TryRemove(key, out _));
        _watched[watch] = new Watched(
            SessionCookie.TenantOf(principal), SessionCookie.UserOf(principal), SessionCookie.TokenOf(principal),
            principal.FindFirstValue(ClaimTypes.Role) ?? "", SessionCookie.StampOf(principal), ended);
        return watch;
    }

    /// <summary>Everything that is heard, devices too. What is not heard is not repeated: <see cref="Watch"/> asks as well.</summary>
    public IDisposable Listen(Action<SessionEnded> heard)
    {
        var listener = new Subscription(key => _listeners.TryRemove(key, out _));
        _listeners[listener] = heard;
        return listener;
    }

    /// <summary>A notice came in.</summary>
    public void Hear(SessionEnded ended)
    {
        foreach (var listener in _listeners.Values)
            listener(ended);
        if (ended.Device is null)
            _heard.Writer.TryWrite(ended);
    }

    /// <summary>Asks after everybody who is watched, or after those whom a notice names.</summary>
    public async Task AskAsync(SessionEnded? about, CancellationToken cancellationToken)
    {
        var asked = _watched.Where(w => about is null || about.User == w.Value.User && about.User is not null
            || about.Token == w.Value.Token && about.Token is not null).ToArray();
        foreach (var tenant in asked.Where(w => w.Value is { Token: null, User: not null, Tenant: not null }).GroupBy(w => w.Value.Tenant))
        {
            var wanted = tenant.Select(w => w.Value.User).OfType<Guid>().ToHashSet();
            var standings = await users.ReadAsync(tenant.Key ?? default, wanted, cancellationToken);
            foreach (var (key, watched) in tenant)
            {
                var standing = standings.GetValueOrDefault(watched.User ?? default);
                if (standing is null || standing.Stamp != watched.Stamp || standing.Role != watched.Role)
                    End(key, watched);
            }
        }
        foreach (var (key, watched) in asked.Where(w => w.Value is { Token: not null, Tenant: not null }))
        {
            var standing = await tokens.StandingAsync(watched.Tenant ?? default, watched.Token ?? default, cancellationToken);
            if (standing?.Role != watched.Role)
                End(key, watched);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(AskRegularlyAsync(stoppingToken), AskWhenHeardAsync(stoppingToken));

    private async Task AskRegularlyAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(AskInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await AskSafelyAsync(null, stoppingToken);
    }

    private async Task AskWhenHeardAsync(CancellationToken stoppingToken)
    {
        await foreach (var ended in _heard.Reader.ReadAllAsync(stoppingToken))
            await AskSafelyAsync(ended, stoppingToken);
    }

    private async Task AskSafelyAsync(SessionEnded? about, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(about, cancellationToken);
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException)
        {
            LogNotAsked(away.GetType().Name); // asked again in 3 s; nobody's session begins meanwhile either
        }
    }

    private void End(object key, Watched watched)
    {
        if (_watched.TryRemove(key, out _))
            watched.Ended();
    }

    [LoggerMessage(4011, LogLevel.Warning, "Open sessions could not be asked after ({Exception})")]
    private partial void LogNotAsked(string exception);

    private sealed record Watched(TenantId? Tenant, Guid? User, Guid? Token, string Role, Guid Stamp, Action Ended);

    private sealed class Subscription(Action<object> end) : IDisposable
    {
        public void Dispose() => end(this);
    }
}
