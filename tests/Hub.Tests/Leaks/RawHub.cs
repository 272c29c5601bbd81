using System.Buffers;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>A hub's connection that keeps every byte of every frame: what a client's own reader would have thrown away is looked at too.</summary>
internal sealed class RawHub : IAsyncDisposable
{
    private readonly ClientWebSocket _socket;
    private readonly IHubProtocol _protocol;
    private readonly Lock _gate = new();
    private readonly List<byte> _received = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;

    private RawHub(ClientWebSocket socket, IHubProtocol protocol)
    {
        _socket = socket;
        _protocol = protocol;
        _reading = ReadAsync();
    }

    public byte[] Received
    {
        get
        {
            lock (_gate)
                return [.. _received];
        }
    }

    /// <summary>Ended by the server.</summary>
    public bool IsClosed => _reading.IsCompleted;

    /// <summary>The status where the server does not switch to frames.</summary>
    public static async Task<(HttpStatusCode Status, RawHub? Hub)> OpenAsync(InProcessServer server, string path, Caller caller, IHubProtocol protocol)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        foreach (var (name, value) in caller.Headers)
            socket.Options.SetRequestHeader(name, value);
        try
        {
            await socket.ConnectAsync(new UriBuilder(new Uri(server.Address, path)) { Scheme = "ws", Query = caller.Query }.Uri, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            using (socket)
                return (socket.HttpStatusCode, null);
        }
        var hub = new RawHub(socket, protocol);
        await socket.SendAsync(
            Encoding.UTF8.GetBytes($$"""{"protocol":"{{protocol.Name}}","version":{{protocol.Version}}}""" + '\x1e'), WebSocketMessageType.Text, true, CancellationToken.None);
        return (HttpStatusCode.SwitchingProtocols, hub);
    }

    public ValueTask InvokeAsync(HubMessage message)
    {
        var bytes = new ArrayBufferWriter<byte>();
        _protocol.WriteMessage(message, bytes);
        return _socket.SendAsync(
            bytes.WrittenMemory, _protocol.TransferFormat == Microsoft.AspNetCore.Connections.TransferFormat.Binary ? WebSocketMessageType.Binary : WebSocketMessageType.Text,
            true, CancellationToken.None);
    }

    /// <summary>Waits until the canary is in what came.</summary>
    public Task UntilAsync(CanarySearch shown, string what) => Eventually.TrueAsync(
        () => shown.FindIn(Received).Count > 0 || (IsClosed ? throw new InvalidOperationException($"{what}: closed. {Encoding.UTF8.GetString(Received)}") : false),
        TimeSpan.FromSeconds(20), () => $"{what}: {Received.Length} bytes came");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var read = await _socket.ReceiveAsync(buffer.AsMemory(), _stop.Token);
                lock (_gate)
                    _received.AddRange(buffer.AsSpan(0, read.Count));
                if (read.MessageType == WebSocketMessageType.Close)
                    return;
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException)
        {
            // Over, by us or by the server.
        }
    }
}
