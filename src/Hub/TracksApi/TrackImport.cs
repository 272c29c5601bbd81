using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tracks;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Ingest;
using FieldCrm.Silo;
using FieldCrm.Silo.Storage.Model;
using FieldCrm.Silo.Tracks;

namespace FieldCrm.Hub.TracksApi;

/// <summary>A line of an import's answer; the last one has <see cref="Done"/> = <see cref="Fixes"/> or a failure.</summary>
/// <param name="Fixes">In the file, each once.</param>
/// <param name="Done">Of them, stored or quarantined by now.</param>
/// <param name="Duplicates">Stored before this import.</param>
/// <param name="Quarantined">In the future or older than the tenant's retention.</param>
/// <param name="OffShift">Of a person, and not made on his shift: nothing of them is kept. Left out when there is none.</param>
/// <param name="Failure">Why the rest was not taken; repeating the import is safe.</param>
internal sealed record TrackImportProgress(
    int Fixes, int Done, int Stored, int Duplicates, int Quarantined, int? OffShift = null, Failure? Failure = null);

/// <summary>
/// <c>POST /operator/tracks/import?device=ID</c>: a GPX or GeoJSON file as the body, its fixes taken the way of every
/// other fix (quarantine, fold, commit). The file is refused whole or taken whole; the answer is a line of JSON
/// (<see cref="TrackImportProgress"/>) after each batch that is durably stored.
/// </summary>
internal sealed class TrackImport(
    DeviceFinder devices, TrackReader tracks, IngestPipeline pipeline,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time) : IDisposable
{
    public const string ContentType = "application/x-ndjson";

    private const string Protocol = "import";

    // A file and its fixes take up to some 100 MB while they are read.
    private const int MaxAtOnce = 2;

    private static readonly Failure Disabled = IngestFailures.Disabled;

    private readonly SemaphoreSlim _places = new(MaxAtOnce);

    public async Task HandleAsync(HttpContext http, RequestTenant tenant)
    {
        var stop = http.RequestAborted;
        if (await devices.FindAsync(tenant.Id, http.Request.Query["device"].ToString(), stop) is not { } device)
        {
            await Problems.WriteAsync(http, DeviceFinder.Unknown);
            return;
        }
        if (device.DisabledAt is not null)
        {
            await Problems.WriteAsync(http, Disabled);
            return;
        }
        await _places.WaitAsync(stop);
        try
        {
            using var body = await RequestBody.ReadAsync(http.Request, TrackFile.MaxBytes, stop);
            var file = body.Problem is null ? TrackFile.Read(body.Memory) : null;
            if ((body.Problem?.Failure ?? file?.Failure) is { } refusal)
                await Problems.WriteAsync(http, refusal);
            else if (file is not null)
                await TakeAsync(http, ReporterOf(tenant.Id, device), file, body.Memory);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private static Reporter ReporterOf(TenantId tenant, DeviceRow device) => new(
        ReporterStatus.Known, tenant, new DeviceId(device.DeviceId), device.Kind == UnitKind.Person, device.HolderId);

    private async Task TakeAsync(HttpContext http, Reporter device, TrackFile file, ReadOnlyMemory<byte> raw)
    {
        http.Response.ContentType = ContentType;
        var progress = new TrackImportProgress(file.Fixes.Count, 0, 0, 0, 0);
        foreach (var chunk in file.Chunks)
        {
            var known = await tracks.CountStoredAsync(device.Tenant, device.Device, chunk, http.RequestAborted);
            var outcome = await pipeline.AcceptAsync(device, chunk, UtcMicros.From(time.GetUtcNow()), Protocol, raw);
            if (outcome.Answer.Failure is { } failure)
            {
                await SayAsync(http, progress with { Failure = failure });
                return;
            }
            var quarantined = outcome.Quarantined.Length;
            var taken = chunk.Length - quarantined - outcome.OffShift;
            // What is stored already may have grown too old since: it is quarantined now and counts as that.
            var duplicates = Math.Min(known, taken);
            progress = progress with
            {
                Done = progress.Done + chunk.Length,
                Stored = progress.Stored + taken - duplicates,
                Duplicates = progress.Duplicates + duplicates,
                Quarantined = progress.Quarantined + quarantined,
                OffShift = outcome.OffShift == 0 ? progress.OffShift : (progress.OffShift ?? 0) + outcome.OffShift,
            };
            await SayAsync(http, progress);
        }
    }

    private static async Task SayAsync(HttpContext http, TrackImportProgress progress)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(progress, AdministrationJson.Default.TrackImportProgress);
        await http.Response.Body.WriteAsync(line, http.RequestAborted);
        await http.Response.Body.WriteAsync("\n"u8.ToArray(), http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }
}
