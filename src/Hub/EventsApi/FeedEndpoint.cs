using System.Security.Claims;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.People;
using FieldCrm.Silo;
using FieldCrm.Silo.Feed;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FieldCrm.Hub.EventsApi;

/// <param name="After">The token of the page before; left out by a reader that has read nothing yet.</param>
/// <param name="Limit">1 … 1000 events a page, 100 unless given.</param>
/// <param name="WaitSeconds">0 … 30: how long to wait for the first event; 0 unless given.</param>
internal sealed record FeedParameters(string? After, string? Limit, string? WaitSeconds);

/// <param name="Token">Of a reader that has read up to and including this event.</param>
/// <param name="Device">The id of the device that it is about; absent for others.</param>
/// <param name="Payload">Absent when it was erased, and where it would tell where a person was.</param>
internal sealed record FeedEventView(
    string Token, string Stream, long Version, string Type, DateTimeOffset RecordedAt, string? Device, JsonElement? Payload);

/// <param name="Token">Pass as <c>after</c> for the next page: every later event will come, none twice.</param>
/// <param name="HasMore">The page was full: ask for the next at once.</param>
/// <param name="SnapshotRequired">
/// The token was none, or of another life of the database: read the lists (devices, positions, events, alarms) now, after
/// this answer and never before, then follow from <paramref name="Token"/>.
/// </param>
internal sealed record FeedPageView(
    IReadOnlyList<FeedEventView> Events, string Token, bool HasMore, bool SnapshotRequired);

/// <summary>
/// <c>GET /api/v1/events</c>: all that happened in a tenant, in an order that never grows a hole. Streams of devices for
/// everybody who may read positions, and what the tenant's own stream says of alarms; the rest of that (users, tokens, settings) for its
/// admins and auditors.
/// </summary>
internal sealed class FeedEndpoint(
    EventFeed feed, DeviceNames deviceNames, PersonalAccess people, IHostApplicationLifetime lifetime,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time) : IDisposable
{
    private const int DefaultLimit = 100;
    private const int MaxWaitSeconds = 30;

    // Each waiting reader asks the database once a second; beyond these the answer comes at once, if need be empty.
    private const int MaxWaiting = 256;

    private const string DeviceStreams = "device/";
    private const string UnitStreams = "unit/";
    private const string TenantStreams = "tenant/";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _places = new(MaxWaiting);

    public async Task<Results<Ok<FeedPageView>, ProblemHttpResult>> HandleAsync(HttpContext http, RequestTenant tenant)
    {
        var query = new QueryText(http.Request.Query);
        var limit = query.Int("limit", DefaultLimit, 1, EventFeed.MaxPage);
        var wait = TimeSpan.FromSeconds(query.Int("waitSeconds", 0, 0, MaxWaitSeconds));
        var after = query.Cursor<FeedToken>("after", text => FeedToken.TryParse(text, out var token) ? token : null);
        if (query.Failure is { } failure)
            return Problems.Of(failure);
        var reader = new Reader(
            tenant.Id, limit, SeesTenantStream(http.User));
        var page = await ReadAsync(reader, after, http.RequestAborted);
        if (IsIdle(page) && wait > TimeSpan.Zero && await _places.WaitAsync(TimeSpan.Zero, http.RequestAborted))
        {
            try
            {
                page = await WaitAsync(reader, page, wait, http.RequestAborted);
            }
            finally
            {
                _places.Release();
            }
        }
        return TypedResults.Ok(await ViewAsync(tenant.Id, page, http.RequestAborted));
    }

    public void Dispose() => _places.Dispose();

    private static bool IsIdle(FeedPage page) => page is { Events.Length: 0, SnapshotRequired: false, HasMore: false };

    private async Task<FeedPage> WaitAsync(Reader reader, FeedPage page, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        using var tick = new PeriodicTimer(Pause, time);
        var since = time.GetTimestamp();
        try
        {
            while (IsIdle(page) && time.GetElapsedTime(since) < wait && await tick.WaitForNextTickAsync(stop.Token))
                page = await ReadAsync(reader, page.Next, stop.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The server drains: what was read until now is the answer, and the reader comes back with its token.
        }
        return page;
    }

    private async Task<FeedPage> ReadAsync(Reader reader, FeedToken? after, CancellationToken cancellationToken)
    {
        var page = await feed.ReadAsync(reader.Tenant, after, reader.Limit, cancellationToken);
        return reader.SeesTenantStream
            ? page
            : page with { Events = page.Events.RemoveAll(e => !IsForAll(e)) };
    }

    private async Task<FeedPageView> ViewAsync(TenantId tenant, FeedPage page, CancellationToken cancellationToken)
    {
        var numbers = page.Events.Select(UnitOf).OfType<int>();
        var names = await deviceNames.OfAsync(tenant, numbers, cancellationToken);
        var personal = await people.PeopleAsync(tenant, cancellationToken);
        return new FeedPageView(
            [.. page.Events.Select(e => new FeedEventView(
                e.Position.ToString(), e.Stream, e.Version, e.Type, e.RecordedAt.ToDateTimeOffset(),
                UnitOf(e) is { } number && names.TryGetValue(number, out var device) ? device.UniqueId : null,
                EventPayload.Shown(e.Stream, PersonalEvents.PayloadFor(personal, e))))],
            page.Next.ToString(), page.HasMore, page.SnapshotRequired);
    }

    /// <summary>Users, tokens and settings are for who may administrate or audit.</summary>
    public static bool SeesTenantStream(ClaimsPrincipal user) =>
        user.IsInRole(Policies.OperatorRole) || user.IsInRole(UserRole.Admin) || user.IsInRole(UserRole.Auditor);

    /// <summary>What everybody may have who may read positions: streams of units, and of the tenant's what it says of alarms.</summary>
    public static bool IsForAll(FeedEvent happened) => IsOfUnit(happened.Stream) || IsOfAlarm(happened);

    private static bool IsOfAlarm(FeedEvent happened) =>
        happened.Type is nameof(AlarmRaised) or nameof(AlarmCorrected) or nameof(AlarmWithdrawn) or nameof(AlarmAcknowledged)
        && happened.Stream.StartsWith(TenantStreams, StringComparison.Ordinal);

    public static bool IsOfUnit(string stream) =>
        stream.StartsWith(DeviceStreams, StringComparison.Ordinal) || stream.StartsWith(UnitStreams, StringComparison.Ordinal);

    /// <summary>The number of the device that it is about; null where it is about none.</summary>
    public static int? UnitOf(FeedEvent happened)
    {
        if (IsOfUnit(happened.Stream))
            return int.TryParse(happened.Stream.AsSpan(happened.Stream.IndexOf('/', StringComparison.Ordinal) + 1), out var number) ? number : null;
        if (!IsOfAlarm(happened) || happened.Payload is null)
            return null;
        var payload = JsonElement.Parse(happened.Payload);
        return (payload.TryGetProperty("report", out var report) ? report : payload).TryGetProperty("device", out var device) ? device.GetInt32() : null;
    }

    private readonly record struct Reader(TenantId Tenant, int Limit, bool SeesTenantStream);
}
