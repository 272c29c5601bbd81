using FieldCrm.Core;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Ingest.Protocols;
using FieldCrm.Silo;
using Microsoft.Net.Http.Headers;

namespace FieldCrm.Hub.Ingest;

/// <summary>
/// OsmAnd over HTTP (docs/wire/OSMAND.md). Who a device is comes from the secret in the path: its own token, or a
/// tenant's enrolment token together with the id it claims. Without a secret only devices that an operator admitted
/// under their bare id are taken.
/// </summary>
internal sealed class OsmAndEndpoint(
    DeviceDirectory directory, IngestLimits limits, IngestPipeline pipeline, UnregisteredDevices unregistered, IngestMetrics metrics,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    /// <summary>Whom a device belongs to that says nothing but an id.</summary>
    private static readonly TenantId Operator = new(Silo.Storage.Model.TenantRow.OperatorId);

    private const string JsonType = "application/json";
    private const string FormType = "application/x-www-form-urlencoded";

    private const string Protocol = "osmand";

    /// <param name="token">From the path; null on the plain tracker port.</param>
    public async Task HandleAsync(HttpContext http, string? token)
    {
        IngestAnswer answer;
        try
        {
            answer = await AnswerAsync(http, token);
        }
        catch (Exception e) when (IngestPipeline.IsNotStored(e))
        {
            answer = IngestAnswer.Unavailable;
        }
        if (answer.Failure is { } failure)
            metrics.Refused(failure.Code);
        await IngestResponse.WriteAsync(http, answer);
    }

    private async ValueTask<IngestAnswer> AnswerAsync(HttpContext http, string? token)
    {
        // A wrong token is told before anything is read: no work for strangers.
        var mayLookUp = limits.MayLookUp(http);
        Reporter? found = token is null ? Reporter.Unregistered(Operator)
            : mayLookUp ? await directory.FindAsync(token, claimedId: null, http.RequestAborted)
            : await directory.FindRememberedAsync(token, claimedId: null, http.RequestAborted);
        if (found is not { } reporter)
            return IngestAnswer.Limited;
        if (reporter.Status == ReporterStatus.UnknownToken)
        {
            limits.CountStranger(http);
            return new IngestAnswer(StatusCodes.Status404NotFound, IngestFailures.TokenUnknown);
        }

        var isPost = HttpMethods.IsPost(http.Request.Method);
        var isJson = isPost && IsMediaType(http.Request, JsonType);
        // A type of nothing says nothing: some trackers send everything in the query of a POST.
        if (isPost && !isJson && http.Request is { ContentType: not null, ContentLength: not 0 } && !IsMediaType(http.Request, FormType))
            return new IngestAnswer(StatusCodes.Status415UnsupportedMediaType, IngestFailures.MediaType);
        if (http.Request.Headers.ContentEncoding.Count > 0)
            return new IngestAnswer(StatusCodes.Status415UnsupportedMediaType, IngestFailures.MediaType);

        using var body = isPost
            ? await RequestBody.ReadAsync(http.Request, OsmAndDecoder.MaxBytes, http.RequestAborted) : default;
        if (body.Problem is { } damaged)
            return damaged;
        var receivedAt = UtcMicros.From(time.GetUtcNow());
        var decoded = isJson
            ? OsmAndDecoder.DecodeJson(body.Bytes, receivedAt)
            : OsmAndDecoder.DecodeForm(http.Request.QueryString.Value, body.Bytes, receivedAt);
        if (decoded.Failure is { } failure)
            return IngestAnswer.Refused(failure);

        if (reporter.Status == ReporterStatus.Unregistered)
        {
            if (decoded.ClaimedDeviceId is not { } claimedId)
                return IngestAnswer.Refused(IngestFailures.IdMissing);
            found = (token, mayLookUp) switch
            {
                (null, true) => await directory.FindBareAsync(claimedId, http.RequestAborted),
                (null, false) => await directory.FindRememberedBareAsync(claimedId, http.RequestAborted),
                (_, true) => await directory.FindAsync(token, claimedId, http.RequestAborted),
                (_, false) => await directory.FindRememberedAsync(token, claimedId, http.RequestAborted),
            };
            if (found is not { } claimed)
                return IngestAnswer.Limited;
            reporter = claimed;
            if (reporter.Status == ReporterStatus.Unregistered)
            {
                limits.CountStranger(http);
                unregistered.Note(reporter.Tenant, claimedId, Protocol, receivedAt);
                // The two generations of the client expect two different answers; both keep the position and try again.
                return new IngestAnswer(
                    isJson ? StatusCodes.Status404NotFound : StatusCodes.Status400BadRequest, IngestFailures.Unregistered);
            }
        }
        if (reporter.Status == ReporterStatus.Disabled)
            return new IngestAnswer(StatusCodes.Status403Forbidden, IngestFailures.Disabled);
        if (!limits.MayReport(reporter.Device))
            return IngestAnswer.Limited;
        var outcome = await pipeline.AcceptAsync(
            reporter, decoded.Fixes, receivedAt, Protocol, RawRequest.Of(http.Request, body.Bytes));
        return outcome.Answer;
    }

    private static bool IsMediaType(HttpRequest request, string type)
    {
        return MediaTypeHeaderValue.TryParse(request.ContentType, out var sent)
            && sent.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)
            && (!sent.Charset.HasValue || HeaderUtilities.RemoveQuotes(sent.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
    }
}
