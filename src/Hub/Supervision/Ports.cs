using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace FieldCrm.Hub.Supervision;

/// <summary>Which TCP ports are free.</summary>
internal static class Ports
{
    // Below Linux' ephemeral range (32768 and up), so that no outgoing connection takes a kept port meanwhile.
    private const int First = 20_000;
    private const int End = 32_000;
    private const int Attempts = 200;

    public static bool IsFree(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>A port free now that is none of <paramref name="taken"/>.</summary>
    public static int PickFree(params ReadOnlySpan<int> taken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(First, End);
            if (!taken.Contains(port) && IsFree(IPAddress.Loopback, port))
                return port;
        }
        throw new StartRefusedException("port.none-free",
            $"No free TCP port was found between {First} and {End}: stop some of what listens there (ss -ltnp).");
    }
}
