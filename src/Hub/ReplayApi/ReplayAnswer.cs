using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using FieldCrm.Core;
using FieldCrm.Core.Replay;
using FieldCrm.Hub.Http;
using FieldCrm.Silo.Replay;
using Microsoft.Net.Http.Headers;

namespace FieldCrm.Hub.ReplayApi;

/// <summary>
/// The chunks of docs/wire/REPLAY.md, each sent as soon as it is read. The first is read before the answer begins, so that a
/// database that cannot answer is a 503; later the connection is cut, which no client takes for an end.
/// </summary>
internal sealed partial class ReplayAnswer(ReplayReader reader, TenantId tenant, ReplayQuery query, EntityTagHeaderValue entityTag)
    : IResult
{
    public const string ContentType = "application/vnd.fieldcrm.replay";

    // Late fixes and refolds change past hours too, so a copy is good until it is asked after.
    private const string AskAgain = "private, no-cache";

    /// <summary>Another one as soon as anything in the answer would be another.</summary>
    public static EntityTagHeaderValue TagOf(ReplayQuery query, ReplayExtent extent)
    {
        var hash = new XxHash64();
        Append(query.FromUnixMs);
        Append(query.ToUnixMs);
        foreach (var unit in query.Units)
            Append((long)unit.Device.Value << 8 | (byte)unit.Kind);
        Append(extent.MarksHash);
        return new EntityTagHeaderValue(string.Create(
            CultureInfo.InvariantCulture, $"\"{hash.GetCurrentHashAsUInt64():x}-{extent.Fixes:x}-{extent.NewestTx:x}-{extent.Marks:x}\""), isWeak: true);

        void Append(long value) => hash.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value)));
    }

    public static bool IsKnown(HttpRequest request, EntityTagHeaderValue tag) =>
        request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false));

    public static void SetHeaders(HttpResponse response, EntityTagHeaderValue tag)
    {
        response.Headers.CacheControl = AskAgain;
        response.Headers.ETag = tag.ToString();
    }

    public async Task ExecuteAsync(HttpContext http)
    {
        var stop = http.RequestAborted;
        await using var chunks = reader.ReadAsync(tenant, query, stop).GetAsyncEnumerator(stop);
        var hasChunk = await chunks.MoveNextAsync();
        http.Response.ContentType = ContentType;
        SetHeaders(http.Response, entityTag);
        var body = CompressedBody.Open(http);
        try
        {
            for (; hasChunk; hasChunk = await chunks.MoveNextAsync())
                await WriteAsync(chunks.Current, body, stop);
        }
        catch (Exception failed) when (http.Response.HasStarted)
        {
            if (!stop.IsCancellationRequested)
                LogCutOff(http.RequestServices.GetRequiredService<ILogger<ReplayAnswer>>(), failed.GetType().Name, failed.Message);
            http.Abort(); // else the body would look ended
            return;
        }
        if (body != http.Response.Body)
            await body.DisposeAsync();
    }

    private static async Task WriteAsync(ReplayChunk chunk, Stream body, CancellationToken cancellationToken)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(chunk.Length);
        try
        {
            chunk.Write(bytes);
            await body.WriteAsync(bytes.AsMemory(0, chunk.Length), cancellationToken);
            await body.FlushAsync(cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    [LoggerMessage(4600, LogLevel.Warning, "A replay was cut off on its way ({Exception}): {Reason}")]
    private static partial void LogCutOff(ILogger logger, string exception, string reason);
}
