using FieldCrm.Hub.Http;

namespace FieldCrm.Hub.Ingest;

/// <summary>Writes an answer the way trackers understand it: an empty 200, or a problem with its code.</summary>
internal static class IngestResponse
{
    private const string RetryAfterSeconds = "5";

    public static async Task WriteAsync(HttpContext http, IngestAnswer answer)
    {
        if (answer.Failure is not { } failure)
        {
            http.Response.StatusCode = answer.StatusCode;
            http.Response.ContentLength = 0;
            return;
        }
        if (answer.StatusCode == StatusCodes.Status503ServiceUnavailable) // Problems says it for 429
            http.Response.Headers.RetryAfter = RetryAfterSeconds;
        await Problems.WriteAsync(http, failure, answer.StatusCode);
    }
}
