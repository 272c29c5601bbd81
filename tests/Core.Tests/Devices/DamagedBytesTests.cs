using FieldCrm.Core.Devices;
using Xunit.Abstractions;

namespace FieldCrm.Core.Tests.Devices;

public sealed class DamagedBytesTests(ITestOutputHelper output)
{
    [Fact]
    public void Given_a_batch_When_encoded_and_decoded_Then_every_fix_is_the_same()
    {
        var fixes = new DriveGenerator(5).Make(500);
        fixes[3] = (fixes[3] with { AttributesJson = "{\"ümlaut\":\"☂\"}", AltitudeMm = -4_000, HeadingCdeg = 0 }).Hashed();
        fixes[4] = (fixes[4] with { AttributesJson = "" }).Hashed();
        Assert.True(FixBatchCodec.TryDecode(FixBatchCodec.Encode(fixes), out var decoded));
        Assert.Equal(fixes, decoded);
        Assert.True(FixBatchCodec.TryDecode(FixBatchCodec.Encode([]), out var none));
        Assert.Empty(none);
    }

    [Fact]
    public void Given_a_batch_cut_anywhere_or_with_a_tail_When_decoded_Then_refused()
    {
        var bytes = FixBatchCodec.Encode(new DriveGenerator(6).Make(20));
        for (var length = 0; length < bytes.Length; length++)
            Assert.False(FixBatchCodec.TryDecode(bytes.AsSpan(0, length), out _), $"cut at {length}");
        Assert.False(FixBatchCodec.TryDecode([.. bytes, 0], out _));
    }

    [Fact]
    public void Given_batches_with_random_damage_When_decoded_Then_refused_or_hashed_by_their_content_and_never_thrown()
    {
        var seed = Seed();
        var random = new Random(seed);
        var fixes = new DriveGenerator(7).Make(30);
        fixes[2] = (fixes[2] with { AttributesJson = "{\"a\":1}" }).Hashed();
        var bytes = FixBatchCodec.Encode(fixes);
        for (var i = 0; i < 20_000; i++)
        {
            var damaged = Damaged(bytes, random);
            if (!FixBatchCodec.TryDecode(damaged, out var decoded))
            {
                Assert.Empty(decoded);
                continue;
            }
            if (decoded.Any(fix => fix.ContentHash != FixHash.Of(fix)))
                Assert.Fail($"FIELDCRM_SEED={seed} round {i}");
        }
    }

    [Fact]
    public void Given_states_of_drives_When_written_and_read_Then_the_same_bytes_and_the_same_future()
    {
        var longest = 0;
        for (var seed = 0; seed < 60; seed++)
        {
            var fixes = new DriveGenerator(seed).Make(120);
            var fold = new DeviceFold(Given.Device);
            var expected = new FoldOutput();
            var actual = new FoldOutput();
            foreach (var fix in fixes.OrderBy(f => f.Key))
            {
                var bytes = fold.ToBytes();
                longest = Math.Max(longest, bytes.Length);
                var read = DeviceFold.FromBytes(Given.Device, bytes);
                Assert.NotNull(read);
                Assert.Equal(bytes, read.ToBytes());
                fold.Step(fix, expected);
                read.Step(fix, actual);
                Assert.Equal(fold.ToBytes(), read.ToBytes());
            }
            Assert.Equal(expected.Events, actual.Events);
            Assert.Equal(expected.Marks, actual.Marks);
        }
        output.WriteLine($"longest state: {longest} bytes");
        Assert.InRange(longest, 300, 512);
    }

    [Fact]
    public void Given_a_state_with_any_one_bit_changed_cut_or_of_another_device_When_read_Then_null()
    {
        var bytes = Given.Folded(new DriveGenerator(8).Make(77)).Fold.ToBytes();
        Assert.NotNull(DeviceFold.FromBytes(Given.Device, bytes));
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Null(DeviceFold.FromBytes(Given.Device, bytes));
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
        }
        for (var length = 0; length < bytes.Length; length++)
            Assert.Null(DeviceFold.FromBytes(Given.Device, bytes.AsSpan(0, length)));
        Assert.Null(DeviceFold.FromBytes(new DeviceId(8), bytes));
        Assert.Null(DeviceFold.FromBytes(Given.Device, new byte[100_000]));
    }

    [Fact]
    public void Given_a_state_with_a_tail_and_a_right_check_sum_When_read_Then_null()
    {
        byte[] longer = [.. new DeviceFold(Given.Device).ToBytes().AsSpan(..^sizeof(ulong)), 0];
        var sum = BitConverter.GetBytes(System.IO.Hashing.XxHash64.HashToUInt64(longer, Given.Device.Value));
        Assert.Null(DeviceFold.FromBytes(Given.Device, [.. longer, .. sum]));
        byte[] right = longer[..^1];
        Assert.NotNull(DeviceFold.FromBytes(Given.Device, [.. right, .. BitConverter.GetBytes(System.IO.Hashing.XxHash64.HashToUInt64(right, Given.Device.Value))]));
    }

    [Fact]
    public void Given_damage_with_a_right_check_sum_When_read_Then_null_or_a_state_and_never_thrown()
    {
        var seed = Seed();
        var random = new Random(seed);
        var bytes = Given.Folded(new DriveGenerator(9).Make(77)).Fold.ToBytes();
        for (var i = 0; i < 20_000; i++)
        {
            var body = Damaged(bytes.AsSpan(0, bytes.Length - 8).ToArray(), random);
            var sum = System.IO.Hashing.XxHash64.HashToUInt64(body, Given.Device.Value);
            if (DeviceFold.FromBytes(Given.Device, [.. body, .. BitConverter.GetBytes(sum)]) is { } read)
                Assert.True(read.ToBytes().Length <= 512, $"FIELDCRM_SEED={seed} round {i}");
        }
    }

    private static byte[] Damaged(byte[] bytes, Random random)
    {
        byte[] damaged = [.. bytes.AsSpan(0, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length)];
        for (var n = random.Next(1, 6); n > 0 && damaged.Length > 0; n--)
            damaged[random.Next(random.Next(2) == 0 ? Math.Min(64, damaged.Length) : damaged.Length)] = (byte)random.Next(256);
        return damaged;
    }

    private int Seed()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("FIELDCRM_SEED"), out var given)
            ? given : (int)(System.Diagnostics.Stopwatch.GetTimestamp() & 0x3FFFFFFF);
        output.WriteLine($"FIELDCRM_SEED={seed}");
        return seed;
    }
}
