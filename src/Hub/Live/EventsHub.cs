using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FieldCrm.Core;
using FieldCrm.Core.Live;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.EventsApi;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.People;
using FieldCrm.Silo.Feed;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace FieldCrm.Hub.Live;

/// <summary>Everything that happens, without a gap: a client that comes back with its token misses nothing and reads nothing twice.</summary>
[Authorize(Policies.ReadPositions)]
internal sealed class EventsHub(SharedFeed feed, DeviceNames names, PersonalAccess people, LiveCallers callers) : Microsoft.AspNetCore.SignalR.Hub
{
    public const string Path = "/live/events";

    /// <summary>A connection follows once at a time.</summary>
    public const string AlreadyFollowing = "live.already-following";
    public const string TokenInvalid = "live.token-invalid";

    private static readonly object TenantKey = new();
    private static readonly object FollowingKey = new();

    /// <summary>Batches from a token on, for as long as the connection lasts; null for a client that has read nothing yet.</summary>
    /// <exception cref="HubException"><see cref="TokenInvalid"/>, <see cref="AlreadyFollowing"/>.</exception>
    [HubMethodName("Follow")]
    public async IAsyncEnumerable<EventBatch> FollowAsync(
        string? token, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        FeedToken? after = null;
        if (token is not null)
            after = FeedToken.TryParse(token, out var parsed) ? parsed : throw new HubException(TokenInvalid);
        var tenant = Context.Items[TenantKey] is TenantId id ? id : throw new HubException("tenant.unknown");
        if (!Context.Items.TryAdd(FollowingKey, true))
            throw new HubException(AlreadyFollowing);
        try
        {
            var seesTenant = Context.User is { } user && FeedEndpoint.SeesTenantStream(user);
            using var following = feed.Follow(tenant);
            while (!cancellationToken.IsCancellationRequested)
            {
                var page = await feed.NextAsync(tenant, after, cancellationToken);
                after = page.Next;
                var seen = page.Events.RemoveAll(e => !(seesTenant || FeedEndpoint.IsForAll(e)));
                if (!seen.IsEmpty || page.SnapshotRequired)
                    yield return new EventBatch(page.Next.ToString(), page.SnapshotRequired, await ItemsAsync(tenant, seen, cancellationToken));
            }
        }
        finally
        {
            Context.Items.Remove(FollowingKey);
        }
    }

    public override async Task OnConnectedAsync() => Context.Items[TenantKey] = await callers.AdmitAsync(Context);

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        LiveCallers.Leave(Context);
        return Task.CompletedTask;
    }

    private async Task<ImmutableArray<LiveEvent>> ItemsAsync(TenantId tenant, ImmutableArray<FeedEvent> events, CancellationToken cancellationToken)
    {
        var known = await names.OfAsync(tenant, events.Select(FeedEndpoint.UnitOf).OfType<int>(), cancellationToken);
        var personal = await people.PeopleAsync(tenant, cancellationToken);
        return [.. events.Select(e =>
        {
            var unit = FeedEndpoint.UnitOf(e);
            return new LiveEvent(
                e.Stream, e.Version, e.Type, e.RecordedAt.ToDateTimeOffset(), unit,
                unit is { } number && known.TryGetValue(number, out var device) ? device.UniqueId : null,
                EventPayload.Shown(e.Stream, PersonalEvents.PayloadFor(personal, e)));
        })];
    }
}
