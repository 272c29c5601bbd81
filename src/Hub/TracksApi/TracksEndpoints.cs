using System.Runtime.CompilerServices;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.People;
using FieldCrm.Core.Tracks;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.People;
using FieldCrm.Silo;
using FieldCrm.Silo.Storage.Model;
using FieldCrm.Silo.Tracks;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace FieldCrm.Hub.TracksApi;

/// <summary>The query of a track; every value is text here and read by <see cref="QueryText"/>.</summary>
/// <param name="From">First fix time, inclusive, ISO 8601. A day before <paramref name="To"/> unless given.</param>
/// <param name="To">Exclusive. A little after now unless given.</param>
/// <param name="Format">geojson, gpx or csv: the whole track, streamed. Else a page of GeoJSON.</param>
/// <param name="Zoom">
/// 0 … 22: leaves out what a map at this zoom would not show. A page may then hold fewer than limit and still have a next one.
/// </param>
/// <param name="IncludeMarked">true: also the fixes that are thought implausible, each with its mark.</param>
/// <param name="Limit">1 … 10000 fixes a page, 1000 unless given. Not with gpx and csv.</param>
/// <param name="Cursor">Where an earlier page ended.</param>
internal sealed record TrackParameters(
    string? From, string? To, string? Format, string? Zoom, string? IncludeMarked, string? Limit, string? Cursor);

internal static class TracksEndpoints
{
    private const int MaxLimit = 10_000;
    private const int DefaultLimit = 1_000;

    // Five chunks of the reader, some tens of milliseconds: a page at a low zoom answers soon, and the next goes on.
    private const int MaxScannedFixes = 20_000;

    public static IServiceCollection AddTracksApi(this IServiceCollection services) =>
        services.AddSingleton<DeviceFinder>().AddSingleton<TrackImport>();

    public static void MapTracksApi(this IEndpointRouteBuilder app)
    {
        app.MapPost("/operator/tracks/import", (HttpContext http, RequestTenant tenant, TrackImport import) => import.HandleAsync(http, tenant))
            .RequireAuthorization(Policies.Operator).RequireTenant()
            .WithMetadata(new RequestSizeLimitAttribute(TrackFile.MaxBytes)).ExcludeFromDescription();
        app.MapGet("/api/v1/devices/{id}/track", TrackAsync)
            .RequireAuthorization(Policies.ReadPositions).RequireTenant().WithTags("Tracks").WithName("GetTrack")
            .WithSummary("A device's fixes in order of their own time, as pages of GeoJSON or as one GeoJSON, GPX or CSV document")
            .NeedsReason().Produces<TrackPage>(StatusCodes.Status200OK, TrackExport.GeoJson, TrackExport.Gpx, TrackExport.Csv)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<PushStreamHttpResult, ProblemHttpResult>> TrackAsync(
        string id, [AsParameters] TrackParameters parameters, RequestTenant tenant, DeviceFinder devices, TrackReader tracks, PersonalAccess people,
        [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock, HttpContext http, CancellationToken cancellationToken)
    {
        _ = parameters; // documents the query; QueryText reads it, so that each refusal has its own code
        var request = Read(http, clock);
        if (request.Failure is { } failure)
            return Problems.Of(failure);
        if (await devices.FindAsync(tenant.Id, id, cancellationToken) is not { } device)
            return Problems.Of(DeviceFinder.Unknown);
        var what = request.Limit is null ? LookedAt.Export : LookedAt.Track;
        if (await people.OpenAsync(http, tenant, new DeviceId(device.DeviceId), what, request.From, request.To) is { } refusal)
            return Problems.Of(refusal);
        var query = new TrackQuery(new DeviceId(device.DeviceId), request.From, request.To, request.After, request.IncludesMarked);
        return request.Limit is { } limit
            ? await PageAsync(http, tracks, tenant.Id, device, query, request.Zoom, limit, cancellationToken)
            : await WholeAsync(tracks, tenant.Id, device, query, request, cancellationToken);
    }

    private static async Task<PushStreamHttpResult> WholeAsync(
        TrackReader tracks, TenantId tenant, DeviceRow device, TrackQuery query, TrackRequest request,
        CancellationToken cancellationToken)
    {
        var track = await TrackExport.BegunAsync(Read(tracks, tenant, query, request.Zoom, bound: null, cancellationToken), cancellationToken);
        var head = new TrackHead(device.UniqueId, device.Name);
        return TypedResults.Stream(
            output => TrackExport.WriteAsync(request.Format, head, track, () => new TrackTail(null), output, cancellationToken),
            TrackExport.ContentType(request.Format), FileName(device, query, request.Format));
    }

    private static async Task<PushStreamHttpResult> PageAsync(
        HttpContext http, TrackReader tracks, TenantId tenant, DeviceRow device, TrackQuery query, int? zoom, int limit,
        CancellationToken cancellationToken)
    {
        FixKey? next = null;
        var bound = new ScanBound(MaxScannedFixes);
        var track = await TrackExport.BegunAsync(Page(cancellationToken), cancellationToken);
        return TypedResults.Stream(
            output => TrackExport.WriteAsync(
                "geojson", new TrackHead(device.UniqueId, device.Name), track,
                () => new TrackTail(next is { } at ? NextPage(http.Request, at) : null), output, cancellationToken),
            TrackExport.GeoJson);

        async IAsyncEnumerable<TrackFix> Page([EnumeratorCancellation] CancellationToken stop)
        {
            var given = 0;
            FixKey last = default;
            await foreach (var fix in Read(tracks, tenant, query, zoom, bound, stop))
            {
                if (given == limit)
                {
                    next = last;
                    yield break;
                }
                given++;
                last = fix.Fix.Key;
                yield return fix;
            }
            next = bound.StoppedAt;
        }
    }

    private static IAsyncEnumerable<TrackFix> Read(
        TrackReader tracks, TenantId tenant, TrackQuery query, int? zoom, ScanBound? bound, CancellationToken cancellationToken) =>
        zoom is { } level
            ? tracks.ReadSimplifiedAsync(tenant, query, level, bound, cancellationToken)
            : tracks.ReadAsync(tenant, query, cancellationToken);

    private static TrackRequest Read(HttpContext http, TimeProvider clock)
    {
        var query = new QueryText(http.Request.Query);
        var now = UtcMicros.From(clock.GetUtcNow());
        var to = query.Time("to") ?? now.Plus(FixAdmission.MaxAhead);
        var from = query.Time("from") ?? (to.Value > UtcMicros.PerDay ? to.Minus(TimeSpan.FromDays(1)) : default);
        var asked = query.Word("format", "geojson", "gpx", "csv") ?? FromAccept(http.Request);
        var request = new TrackRequest(
            from, to, asked ?? "geojson", query.OptionalInt("zoom", 0, TrackSimplifier.MaxZoom), query.Flag("includeMarked"),
            query.OptionalInt("limit", 1, MaxLimit), query.Cursor("cursor", PageCursor.FixKeyOf), null);
        if (from >= to)
            query.Refuse("to", "later than from");
        if (request.Format != "geojson" && (request.Limit ?? (request.After is null ? null : 1)) is not null)
            query.Refuse(request.Limit is null ? "cursor" : "limit", "left out: gpx and csv give the whole track");
        if (request.Limit is null && (asked is null || request.After is not null))
            request = request with { Limit = DefaultLimit };
        return request with { Failure = query.Failure };
    }

    private static string? FromAccept(HttpRequest request)
    {
        var accept = request.GetTypedHeaders().Accept.OrderByDescending(a => a.Quality ?? 1);
        foreach (var type in accept)
        {
            switch (type.MediaType.Value)
            {
                case TrackExport.GeoJson: return "geojson";
                case TrackExport.Gpx: return "gpx";
                case TrackExport.Csv: return "csv";
                case "application/json" or "*/*": return null;
            }
        }
        return null;
    }

    private static string NextPage(HttpRequest request, FixKey after)
    {
        // A reason is nobody's address: who turns the page gives it again.
        var query = request.Query.Where(q => q.Key is not ("cursor" or PersonalAccess.QueryParameter))
            .SelectMany(q => q.Value.Select(v => KeyValuePair.Create(q.Key, v)))
            .Append(KeyValuePair.Create<string, string?>("cursor", PageCursor.Of(after)));
        return request.Path + QueryString.Create(query).ToString();
    }

    private static string FileName(DeviceRow device, TrackQuery query, string format)
    {
        var id = string.Concat(device.UniqueId.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_').Take(40));
        return $"track-{id}-{query.From.UtcDay:yyyyMMdd}.{format}";
    }

    /// <param name="Limit">Null for the whole track.</param>
    private sealed record TrackRequest(
        UtcMicros From, UtcMicros To, string Format, int? Zoom, bool IncludesMarked, int? Limit, FixKey? After, Failure? Failure);
}

/// <summary>A page of a track as GeoJSON; for the API's description only, as the document is streamed.</summary>
/// <param name="Next">Address of the next page; absent on the last.</param>
internal sealed record TrackPage(string Type, string Device, IReadOnlyList<TrackFeature> Features, string? Next);

internal sealed record TrackFeature(string Type, TrackPoint Geometry, TrackProperties Properties);

/// <param name="Coordinates">Longitude, latitude in degrees.</param>
internal sealed record TrackPoint(string Type, IReadOnlyList<double> Coordinates);

internal sealed record TrackProperties(
    DateTimeOffset FixedAt, DateTimeOffset ReceivedAt, double? SpeedMps, double? HeadingDeg, double? AccuracyM, double? AltitudeM,
    double? BatteryPercent, string? Alarm, string? Mark, IReadOnlyDictionary<string, object>? Attributes);
