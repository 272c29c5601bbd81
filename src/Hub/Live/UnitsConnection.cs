using FieldCrm.Core;
using FieldCrm.Core.Live;

namespace FieldCrm.Hub.Live;

/// <summary>One console's connection: what it watches and how far it is. All but the next watch belongs to the tick.</summary>
internal sealed class UnitsConnection(string id, TenantId tenant, Action abort)
{
    private WatchRequest? _next;

    public string Id => id;

    public TenantId Tenant => tenant;

    /// <summary>Set by the hub when it has closed.</summary>
    public volatile bool IsClosed;

    public WatchRequest? Watch { get; private set; }

    public TileKey[] Tiles { get; private set; } = [];

    public long WatchTakenAt { get; private set; } = long.MinValue;

    public bool IsCounting { get; set; }

    /// <summary>What it shows is not what the board had at the last tick: it needs a whole picture.</summary>
    public bool IsBehind { get; set; }

    /// <summary>When its number of units was last looked at.</summary>
    public long CountedAt { get; set; }

    public long SentAt { get; set; }

    /// <summary>Blocks of the tick that is being made.</summary>
    public List<byte[]> Blocks { get; } = [];

    /// <summary>The one message that it was handed and has not taken yet.</summary>
    public Task InFlight { get; set; } = Task.CompletedTask;

    /// <summary>From any thread: the newest wins.</summary>
    public void Ask(WatchRequest request) => Volatile.Write(ref _next, request);

    public bool HasNext => Volatile.Read(ref _next) is not null;

    public bool TryTakeNext(long now)
    {
        if (Interlocked.Exchange(ref _next, null) is not { } next)
            return false;
        Watch = next;
        Tiles = next.Tiles();
        WatchTakenAt = now;
        IsBehind = true;
        return true;
    }

    public void Abort() => abort();
}
