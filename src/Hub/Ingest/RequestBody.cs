using System.Buffers;

namespace FieldCrm.Hub.Ingest;

/// <summary>A request's body, read whole into a pooled buffer and never beyond a bound.</summary>
internal readonly struct RequestBody : IDisposable
{
    private const int FirstBytes = 16 * 1024;

    private readonly byte[]? _buffer;
    private readonly int _length;

    private RequestBody(byte[]? buffer, int length, IngestAnswer? problem)
    {
        _buffer = buffer;
        _length = length;
        Problem = problem;
    }

    /// <summary>Why there is no body to work with; null when there is.</summary>
    public IngestAnswer? Problem { get; }

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _length);

    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
            return Failed(StatusCodes.Status413PayloadTooLarge, IngestFailures.TooLarge);
        // What is claimed costs nothing: beyond the first piece, memory is taken as bytes arrive.
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(request.ContentLength ?? FirstBytes, FirstBytes) + 1);
        var length = 0;
        try
        {
            while (true)
            {
                var read = await request.Body.ReadAsync(buffer.AsMemory(length), cancellationToken);
                if (read == 0)
                    return new RequestBody(buffer, length, null);
                length += read;
                if (length > maxBytes)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    return Failed(StatusCodes.Status413PayloadTooLarge, IngestFailures.TooLarge);
                }
                if (length == buffer.Length)
                    buffer = Grow(buffer, length);
            }
        }
        catch (BadHttpRequestException e)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            return e.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? Failed(StatusCodes.Status413PayloadTooLarge, IngestFailures.TooLarge)
                : Failed(StatusCodes.Status400BadRequest, IngestFailures.Incomplete);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    public void Dispose()
    {
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);
    }

    private static RequestBody Failed(int statusCode, Core.Failure failure) =>
        new(null, 0, new IngestAnswer(statusCode, failure));

    private static byte[] Grow(byte[] buffer, int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
