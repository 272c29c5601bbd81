using System.Buffers;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Net.WebSockets;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace FieldCrm.LoadTests.Live;

/// <summary>A message of units: snapshot (1) or changes (2), the clock of its tick, and its blocks (docs/wire/LIVE.md).</summary>
internal readonly record struct UnitsMessage(int Mode, double BaseUnixMs, byte[][] Blocks)
{
    public const int Snapshot = 1;
    public const int Changes = 2;
}

/// <summary>A console's connection to <c>/live/units</c>: watches a view and hands on what comes.</summary>
internal sealed class LiveConsole : IDisposable
{
    private const int MaxMessageBytes = 4 * 1024 * 1024;

    private static readonly MessagePackHubProtocol Protocol = new();

    private readonly ClientWebSocket _socket;
    private readonly HttpMessageInvoker _invoker;

    private LiveConsole(ClientWebSocket socket, HttpMessageInvoker invoker) => (_socket, _invoker) = (socket, invoker);

    /// <summary>Opens it; nothing is read before <see cref="ReadAsync"/>.</summary>
    public static async Task<LiveConsole> OpenAsync(int port, string credential, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", new AuthenticationHeaderValue("Bearer", credential).ToString());
        // Small buffers: what is not read must wait in the server, not in this machine's kernel.
        var invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancelled) =>
            {
                var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 16 * 1024, NoDelay = true };
                await tcp.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancelled);
                return new NetworkStream(tcp, ownsSocket: true);
            },
        });
        var console = new LiveConsole(socket, invoker);
        try
        {
            await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/live/units"), invoker, cancellationToken);
            await socket.SendAsync(
                "{\"protocol\":\"messagepack\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
            return console;
        }
        catch
        {
            console.Dispose();
            throw;
        }
    }

    public async Task WatchAsync((long SouthE7, long WestE7, long NorthE7, long EastE7) view, double zoom, CancellationToken cancellationToken)
    {
        var bytes = new ArrayBufferWriter<byte>();
        Protocol.WriteMessage(
            new InvocationMessage("watch", [new object?[] { 1, view.SouthE7, view.WestE7, view.NorthE7, view.EastE7, zoom, null }]), bytes);
        await _socket.SendAsync(bytes.WrittenMemory, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
    }

    /// <summary>Reads until cancelled; throws when the server goes.</summary>
    public async Task ReadAsync(Action<UnitsMessage> units, CancellationToken cancellationToken)
    {
        var buffer = new byte[256 * 1024];
        var have = 0;
        var isShaken = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            if (have == buffer.Length)
                Array.Resize(ref buffer, buffer.Length < MaxMessageBytes ? buffer.Length * 2 : throw new InvalidOperationException("A message of more than 4 MiB."));
            ValueWebSocketReceiveResult got;
            try
            {
                got = await _socket.ReceiveAsync(buffer.AsMemory(have), cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            if (got.MessageType == WebSocketMessageType.Close)
                throw new WebSocketException($"The server closed a console: {_socket.CloseStatusDescription}");
            have += got.Count;
            var rest = new ReadOnlySequence<byte>(buffer, 0, have);
            if (!isShaken)
            {
                if (rest.PositionOf((byte)0x1e) is not { } end)
                    continue;
                rest = rest.Slice(rest.GetPosition(1, end));
                isShaken = true;
            }
            while (Protocol.TryParseMessage(ref rest, Binder.One, out var message))
            {
                if (message is InvocationMessage { Target: "units", Arguments: [_, int mode, double baseUnixMs, byte[][] blocks] })
                    units(new UnitsMessage(mode, baseUnixMs, blocks));
            }
            rest.CopyTo(buffer);
            have = (int)rest.Length;
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _invoker.Dispose();
    }

    private sealed class Binder : IInvocationBinder
    {
        public static readonly Binder One = new();

        public IReadOnlyList<Type> GetParameterTypes(string methodName) => methodName switch
        {
            "units" => [typeof(int), typeof(int), typeof(double), typeof(byte[][])],
            "counts" => [typeof(int), typeof(double), typeof(int), typeof(byte[])],
            _ => [],
        };

        public Type GetReturnType(string invocationId) => throw new NotSupportedException();

        public Type GetStreamItemType(string streamId) => throw new NotSupportedException();
    }
}
