using System.Buffers;
using System.Text.Json;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;
using FieldCrm.Hub.Live;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;

namespace FieldCrm.Hub.Tests.Live;

/// <summary>Whole messages of <c>/live/units</c> have the bytes of tests/golden/live; the blocks in them are proven in Core.Tests.</summary>
public sealed class GoldenMessagesTests
{
    private static readonly MessagePackHubProtocol Protocol =
        new(Options.Create(new MessagePackHubProtocolOptions { SerializerOptions = LiveMessagePack.Options }));

    private static readonly string Golden = Path.Combine(Repository(), "tests", "golden", "live");

    [Theory]
    [InlineData("message-snapshot", "block-two-units")]
    [InlineData("message-changes", "block-one-unit-two-gone", "block-only-gone")]
    [InlineData("message-heartbeat")]
    public void Given_golden_blocks_When_sent_Then_the_golden_message(string name, params string[] blocks)
    {
        var means = JsonElement.Parse(File.ReadAllText(Path.Combine(Golden, name + ".json")));

        var bytes = Written(
            UnitsHub.UnitsMessage, means.GetProperty("watch").GetInt32(), means.GetProperty("mode").GetInt32(),
            means.GetProperty("baseUnixMs").GetDouble(), new UnitBlocks([.. blocks.Select(b => Bytes(b))]));

        Assert.Equal(Convert.ToHexString(Bytes(name)), bytes);
    }

    [Fact]
    public void Given_golden_cells_When_sent_Then_the_golden_message()
    {
        var means = JsonElement.Parse(File.ReadAllText(Path.Combine(Golden, "message-counts.json")));

        var bytes = Written(
            UnitsHub.CountsMessage, means.GetProperty("watch").GetInt32(), means.GetProperty("baseUnixMs").GetDouble(),
            means.GetProperty("level").GetInt32(), new CountCells(Bytes("cells")));

        Assert.Equal(Convert.ToHexString(Bytes("message-counts")), bytes);
    }

    [Fact]
    public void Given_a_block_beyond_64_KiB_When_sent_Then_it_reads_back_whole()
    {
        var block = UnitBlock.Encode(
            Enumerable.Range(0, 3_000).Select(i => new UnitRecord { Unit = (uint)i, Position = new GeoPoint(i, i), FixedAt = default, HeardAt = default }).ToArray(),
            [], 0);
        var buffer = new ArrayBufferWriter<byte>();
        Protocol.WriteMessage(new InvocationMessage(UnitsHub.UnitsMessage, [1, 1, 0.0, new UnitBlocks([block])]), buffer);
        var theirs = new MessagePackHubProtocol();
        var input = new ReadOnlySequence<byte>(buffer.WrittenMemory);

        Assert.True(theirs.TryParseMessage(ref input, new Binder(), out var read));

        var blocks = Assert.IsType<byte[][]>(Assert.IsType<InvocationMessage>(read).Arguments[3]);
        Assert.Equal(block, Assert.Single(blocks));
    }

    private static string Written(string target, params object?[] arguments)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Protocol.WriteMessage(new InvocationMessage(target, arguments), buffer);
        return Convert.ToHexString(buffer.WrittenSpan);
    }

    private static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Golden, name + ".bin"));

    private static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "FieldCrm.sln")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("Not inside the repository.");
        return directory;
    }

    private sealed class Binder : Microsoft.AspNetCore.SignalR.IInvocationBinder
    {
        public IReadOnlyList<Type> GetParameterTypes(string methodName) => [typeof(int), typeof(int), typeof(double), typeof(byte[][])];

        public Type GetReturnType(string invocationId) => throw new NotSupportedException();

        public Type GetStreamItemType(string streamId) => throw new NotSupportedException();
    }
}
