using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace FieldCrm.Silo.Tests.Commit;

/// <summary>
/// Stands between a client and the server and can drop the client's side of every connection while the server's side
/// stays open and hears nothing of it: the answer to a COMMIT is then lost, and not the COMMIT.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly ConcurrentBag<TcpClient> _servers = [];
    private readonly int _serverPort;
    private readonly Task _accepting;

    public CuttingProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void CutClients()
    {
        while (_clients.TryTake(out var client))
            client.Client.Close(0); // a reset, not a farewell
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        CutClients();
        foreach (var server in _servers)
            server.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _serverPort);
                _clients.Add(client);
                _servers.Add(server);
                _ = PumpAsync(client.GetStream(), server.GetStream());
                _ = PumpAsync(server.GetStream(), client.GetStream());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private static async Task PumpAsync(NetworkStream from, NetworkStream to)
    {
        try
        {
            await from.CopyToAsync(to);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
        }
    }
}
