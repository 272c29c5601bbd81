using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace FieldCrm.LoadTests.Wire;

/// <summary>An HTTP status and the body that came with it; the body is valid until the next request.</summary>
internal readonly record struct HttpAnswer(int Status, ReadOnlyMemory<byte> Body);

/// <summary>
/// One keep-alive connection that sends finished requests and reads answers with a Content-Length: no more of HTTP than
/// the product's ingest answers, and next to no cost, because the generator shares the machine with what it measures.
/// </summary>
internal sealed class HttpConnection(int port) : IDisposable
{
    private const int MaxAnswerBytes = 64 * 1024;

    private readonly byte[] _buffer = new byte[MaxAnswerBytes];
    private Socket? _socket;

    /// <exception cref="SocketException">The server is not there, or went away.</exception>
    /// <exception cref="IOException">The connection ended within an answer.</exception>
    public async ValueTask<HttpAnswer> SendAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        try
        {
            var socket = _socket ??= await ConnectAsync(port, cancellationToken);
            await socket.SendAsync(request, SocketFlags.None, cancellationToken);
            return await ReceiveAsync(socket, cancellationToken);
        }
        catch
        {
            Dispose(); // whatever state it is in, the next request begins with a new connection
            throw;
        }
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private static async ValueTask<Socket> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask<HttpAnswer> ReceiveAsync(Socket socket, CancellationToken cancellationToken)
    {
        var have = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(_buffer.AsMemory(have), SocketFlags.None, cancellationToken);
            if (received == 0)
                throw new IOException("The connection ended before the answer was complete.");
            have += received;
            if (TryParse(have, out var status, out var bodyAt, out var bodyLength) && have >= bodyAt + bodyLength)
                return new HttpAnswer(status, _buffer.AsMemory(bodyAt, bodyLength));
            if (have == _buffer.Length)
                throw new IOException($"An answer of more than {MaxAnswerBytes} bytes.");
        }
    }

    private bool TryParse(int have, out int status, out int bodyAt, out int bodyLength)
    {
        var bytes = _buffer.AsSpan(0, have);
        status = 0;
        bodyLength = 0;
        bodyAt = bytes.IndexOf("\r\n\r\n"u8) + 4;
        if (bodyAt < 4)
            return false;
        var head = bytes[..bodyAt];
        // "HTTP/1.1 200 OK"
        if (!Utf8Parser.TryParse(head[9..], out status, out _))
            throw new IOException("Not an HTTP answer.");
        var length = head.IndexOf("Content-Length: "u8);
        if (length >= 0 && !Utf8Parser.TryParse(head[(length + 16)..], out bodyLength, out _))
            throw new IOException("An answer with a damaged length.");
        if (length < 0 && status != 204 && head.IndexOf("Transfer-Encoding"u8) >= 0)
            throw new IOException("An answer in chunks, which this client does not read.");
        return true;
    }
}
