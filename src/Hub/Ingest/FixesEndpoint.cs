using System.Buffers;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Ingest.Protocols;
using FieldCrm.Silo;

namespace FieldCrm.Hub.Ingest;

/// <summary>
/// <c>POST /api/v1/fixes</c>: up to 1,000 fixes of one of our own apps (docs/wire/FIXES.md). Answers 200 when every
/// fix that can be taken is stored; the others come back with their index and reason.
/// </summary>
internal sealed class FixesEndpoint(
    DeviceDirectory directory, IngestLimits limits, IngestPipeline pipeline, IngestMetrics metrics,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    private const string Protocol = "fixes";
    private const string Scheme = "Bearer ";

    public async Task HandleAsync(HttpContext http)
    {
        try
        {
            await AnswerAsync(http);
        }
        catch (Exception e) when (IngestPipeline.IsNotStored(e))
        {
            await RefuseAsync(http, IngestAnswer.Unavailable);
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var request = http.Request;
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            await RefuseAsync(http, new IngestAnswer(StatusCodes.Status401Unauthorized, IngestFailures.Unauthorized));
            return;
        }
        var token = header[Scheme.Length..].Trim();
        Reporter? found = limits.MayLookUp(http)
            ? await directory.FindAsync(token, claimedId: null, http.RequestAborted)
            : await directory.FindRememberedAsync(token, claimedId: null, http.RequestAborted);
        if (found is not { } device)
        {
            await RefuseAsync(http, IngestAnswer.Limited);
            return;
        }
        if (device.Status is ReporterStatus.UnknownToken or ReporterStatus.Unregistered)
        {
            limits.CountStranger(http);
            http.Response.Headers.WWWAuthenticate = "Bearer";
            await RefuseAsync(http, new IngestAnswer(StatusCodes.Status401Unauthorized, IngestFailures.TokenUnknown));
            return;
        }
        if (device.Status == ReporterStatus.Disabled)
        {
            await RefuseAsync(http, new IngestAnswer(StatusCodes.Status403Forbidden, IngestFailures.Disabled));
            return;
        }
        if (!limits.MayReport(device.Device))
        {
            await RefuseAsync(http, IngestAnswer.Limited);
            return;
        }
        if (!request.HasJsonContentType() || request.Headers.ContentEncoding.Count > 0)
        {
            await RefuseAsync(http, new IngestAnswer(StatusCodes.Status415UnsupportedMediaType, IngestFailures.MediaType));
            return;
        }
        using var body = await RequestBody.ReadAsync(request, FixesJsonDecoder.MaxBytes, http.RequestAborted);
        if (body.Problem is { } damaged)
        {
            await RefuseAsync(http, damaged);
            return;
        }
        var receivedAt = UtcMicros.From(time.GetUtcNow());
        var decoded = FixesJsonDecoder.Decode(body.Bytes);
        if (decoded.Failure is { } failure)
        {
            await RefuseAsync(http, IngestAnswer.Refused(failure));
            return;
        }
        var outcome = await pipeline.AcceptAsync(device, decoded.Accepted, receivedAt, Protocol, body.Memory);
        if (outcome.Answer.Failure is not null)
            await RefuseAsync(http, outcome.Answer);
        else
            await WriteAsync(http, decoded, outcome);
    }

    private async Task RefuseAsync(HttpContext http, IngestAnswer answer)
    {
        if (answer.Failure is { } failure)
            metrics.Refused(failure.Code);
        await IngestResponse.WriteAsync(http, answer);
    }

    // Hand-written: this is the answer to every request of the busiest endpoint.
    private static async Task WriteAsync(HttpContext http, FixesDecodeResult decoded, IngestOutcome outcome)
    {
        var isRefused = decoded.Accepted.Length == 0 && decoded.Rejected.Length > 0;
        var buffer = new ArrayBufferWriter<byte>(64);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (isRefused)
                WriteProblem(json, decoded.Rejected[0].Failure);
            json.WriteNumber("accepted"u8, decoded.Accepted.Length - outcome.Quarantined.Length - outcome.OffShift);
            if (outcome.OffShift > 0)
                json.WriteNumber("offShift"u8, outcome.OffShift);
            json.WriteStartArray("quarantined"u8);
            var sentIndex = new SentIndex(decoded.Rejected);
            foreach (var (index, code) in outcome.Quarantined)
                WriteItem(json, sentIndex.Of(index), code, detail: null);
            json.WriteEndArray();
            json.WriteStartArray("rejected"u8);
            foreach (var rejected in decoded.Rejected)
                WriteItem(json, rejected.Index, rejected.Failure.Code, rejected.Failure.Message);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        http.Response.StatusCode = isRefused ? StatusCodes.Status400BadRequest : StatusCodes.Status200OK;
        http.Response.ContentType = isRefused ? "application/problem+json" : "application/json";
        http.Response.ContentLength = buffer.WrittenCount;
        await http.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
    }

    private static void WriteProblem(Utf8JsonWriter json, Failure failure)
    {
        json.WriteString("type"u8, $"urn:fieldcrm:{failure.Code}");
        json.WriteString("title"u8, failure.Message);
        json.WriteNumber("status"u8, StatusCodes.Status400BadRequest);
        json.WriteString("code"u8, failure.Code);
    }

    private static void WriteItem(Utf8JsonWriter json, int index, string code, string? detail)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        json.WriteString("code"u8, code);
        if (detail is not null)
            json.WriteString("detail"u8, detail);
        json.WriteEndObject();
    }

    /// <summary>From the place among the accepted fixes, asked in ascending order, to the place in the sent list.</summary>
    private struct SentIndex(RejectedFix[] rejected)
    {
        private int _skipped;

        public int Of(int accepted)
        {
            while (_skipped < rejected.Length && rejected[_skipped].Index <= accepted + _skipped)
                _skipped++;
            return accepted + _skipped;
        }
    }
}
