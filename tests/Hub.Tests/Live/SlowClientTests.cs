using System.Buffers;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using FieldCrm.Core;
using FieldCrm.Core.Geo;
using FieldCrm.Hub.Live;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.Silo.Positions;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Xunit.Abstractions;

namespace FieldCrm.Hub.Tests.Live;

/// <summary>A console that does not read its socket: what it costs is counted in messages and bytes, not in time.</summary>
[Collection(ServerCollection.Name)]
public sealed class SlowClientTests(SharedServer shared, ITestOutputHelper output)
{
    private const int Units = 4_000;

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_socket_that_is_not_read_When_everything_moves_Then_it_is_skipped_others_are_not_and_it_ends_with_the_picture()
    {
        var tenant = await TestTenant.CreateAsync(Server, "live-slow");
        var round = 0;
        Move(tenant, round);
        var skipped = 0L;
        using var metrics = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "fieldcrm.live.messages.skipped")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        metrics.SetMeasurementEventCallback<long>((_, measured, _, _) => Interlocked.Add(ref skipped, measured));
        metrics.Start();
        using var slow = await OpenAsync();
        await using var reader = await UnitsClient.OpenAsync(Server, "live-slow");
        await SendAsync(slow, new InvocationMessage("watch", [new object?[] { 1, 0, 0, 100_000_000, 100_000_000, 6.0, null }]));
        await reader.WatchAsync(1, 0, 0, 10, 10, 6);
        await reader.UntilAsync(c => c.Units.Count == Units);

        // Until the slow one was passed over often: the kernel's buffers are full, and nothing waits behind them.
        while (Interlocked.Read(ref skipped) < 40)
        {
            Move(tenant, ++round);
            var expected = Latitude(round, 0);
            await reader.UntilAsync(c => c.Units[1].LatitudeE7 == expected);
        }
        Assert.Equal(Enumerable.Range(0, round + 1).Select(r => Latitude(r, 0)).Distinct().Count(),
            reader.Messages.SelectMany(m => m.Units).Where(u => u.Unit == 1).Select(u => u.LatitudeE7).Distinct().Count());

        // Now it reads: what was on its way, then a whole picture that is the newest.
        var (messages, bytes) = await ReadUntilAsync(slow, Latitude(round, 0));
        var produced = (long)round * Units * 32;
        output.WriteLine($"{round} rounds, {produced:N0} bytes each console was due; the slow one took {messages.Count} messages, {bytes:N0} bytes");
        Assert.Equal(SeenMessage.Snapshot, messages[^1].Mode);
        Assert.Equal(Units, messages[^1].Units.Length);
        Assert.True(messages.Count <= round - 20, $"{messages.Count} of {round}");
    }

    private async Task<ClientWebSocket> OpenAsync()
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", Server.Operator.DefaultRequestHeaders.Authorization!.ToString());
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096, NoDelay = true };
                await tcp.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken);
                return new NetworkStream(tcp, ownsSocket: true);
            },
        }, disposeHandler: false);
        await socket.ConnectAsync(
            new UriBuilder(new Uri(Server.Address, UnitsHub.Path)) { Scheme = "ws", Query = "tenant=live-slow" }.Uri, invoker, CancellationToken.None);
        await socket.SendAsync(
            Encoding.UTF8.GetBytes("{\"protocol\":\"messagepack\",\"version\":1}\u001e"), WebSocketMessageType.Binary, true, CancellationToken.None);
        return socket;
    }

    private static async Task SendAsync(ClientWebSocket socket, InvocationMessage message)
    {
        var bytes = new ArrayBufferWriter<byte>();
        new MessagePackHubProtocol().WriteMessage(message, bytes);
        await socket.SendAsync(bytes.WrittenMemory, WebSocketMessageType.Binary, true, CancellationToken.None);
    }

    private static async Task<(List<SeenMessage> Messages, long Bytes)> ReadUntilAsync(ClientWebSocket socket, int latitudeE7)
    {
        using var limit = new CancellationTokenSource(UnitsClient.Patience);
        var protocol = new MessagePackHubProtocol();
        var seen = new List<SeenMessage>();
        var buffer = new ArrayBufferWriter<byte>(1 << 20);
        var bytes = 0L;
        var isShaken = false;
        while (true)
        {
            var got = await socket.ReceiveAsync(buffer.GetMemory(64 * 1024), limit.Token);
            Assert.NotEqual(WebSocketMessageType.Close, got.MessageType);
            buffer.Advance(got.Count);
            bytes += got.Count;
            var rest = new ReadOnlySequence<byte>(buffer.WrittenMemory);
            if (!isShaken)
            {
                if (rest.PositionOf((byte)0x1e) is not { } end)
                    continue;
                rest = rest.Slice(rest.GetPosition(1, end));
                isShaken = true;
            }
            while (protocol.TryParseMessage(ref rest, new Binder(), out var message))
            {
                if (message is not InvocationMessage { Target: "units" } units)
                    continue;
                seen.Add(SeenMessage.OfUnits((int)units.Arguments[0]!, (int)units.Arguments[1]!, (double)units.Arguments[2]!, (byte[][])units.Arguments[3]!));
                if (seen[^1].Units.Any(u => u.Unit == 1 && u.LatitudeE7 == latitudeE7))
                    return (seen, bytes);
            }
            var left = rest.ToArray();
            buffer.ResetWrittenCount();
            buffer.Write(left);
        }
    }

    private void Move(TestTenant tenant, int round)
    {
        var positions = Server.Get<LastPositions>();
        for (var i = 0; i < Units; i++)
        {
            positions.Place(
                tenant.Id, new DeviceId(i + 1),
                new LastPosition { FixedAt = TestTenant.Day.Plus(TimeSpan.FromSeconds(round)), Position = new GeoPoint(Latitude(round, i), 50_000_000) },
                TestTenant.Day.Plus(TimeSpan.FromSeconds(round)));
        }
    }

    private static int Latitude(int round, int unit) => 10_000_000 + unit * 10_000 + round * 10;

    private sealed class Binder : IInvocationBinder
    {
        public IReadOnlyList<Type> GetParameterTypes(string methodName) =>
            methodName == "units" ? [typeof(int), typeof(int), typeof(double), typeof(byte[][])] : [];

        public Type GetReturnType(string invocationId) => throw new NotSupportedException();

        public Type GetStreamItemType(string streamId) => throw new NotSupportedException();
    }
}
