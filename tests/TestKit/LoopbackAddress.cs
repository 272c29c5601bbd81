using System.Net;
using System.Net.Sockets;

namespace FieldCrm.TestKit;

/// <summary>Much is limited for each address; loopback has many, and each caller gets one of its own.</summary>
public static class LoopbackAddress
{
    private static int _addresses;

    /// <summary>Keeps cookies, follows nothing.</summary>
    public static SocketsHttpHandler Handler()
    {
        var number = Interlocked.Increment(ref _addresses);
        return Handler(new IPAddress([127, 1, (byte)(number / 250), (byte)(number % 250 + 1)]));
    }

    /// <summary>The same from an address of the caller's choice.</summary>
    public static SocketsHttpHandler Handler(IPAddress address)
    {
        var from = new IPEndPoint(address, 0);
        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(from);
                await socket.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
    }
}
