using System.IO.Compression;
using Microsoft.Net.Http.Headers;

namespace FieldCrm.Hub.Http;

/// <summary>The body of an answer that is made while it is sent, compressed as the client takes it.</summary>
internal static class CompressedBody
{
    /// <summary>Sets the headers. Flushing what is returned sends what was written so far; disposing of it ends the body.</summary>
    public static Stream Open(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        var accepted = http.Request.GetTypedHeaders().AcceptEncoding;
        foreach (var encoding in (ReadOnlySpan<string>)["br", "gzip"])
        {
            if (!accepted.Any(a => a.Quality is not 0 && a.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase)))
                continue;
            headers.ContentEncoding = encoding;
            return encoding == "br"
                ? new BrotliStream(http.Response.Body, CompressionLevel.Optimal, leaveOpen: true)
                : new GZipStream(http.Response.Body, CompressionLevel.Optimal, leaveOpen: true);
        }
        return http.Response.Body;
    }
}
