using FieldCrm.Core;
using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tests.Devices;

public sealed class FixKeyTests
{
    [Fact]
    public void Given_a_key_When_written_Then_its_time_and_hash_and_no_more() =>
        Assert.Equal("FixKey { FixedAt = 2025-10-09T08:53:20.000001Z, ContentHash = 255 }", new FixKey(new UtcMicros(1_760_000_000_000_001), 255).ToString());

    [Fact]
    public void Given_keys_When_compared_Then_by_time_then_by_signed_hash()
    {
        FixKey[] ascending =
        [
            FixKey.Min, new(new UtcMicros(5), long.MinValue), new(new UtcMicros(5), -1), new(new UtcMicros(5), 0),
            new(new UtcMicros(5), long.MaxValue), new(new UtcMicros(6), long.MinValue),
        ];
        Assert.Equal(ascending, ascending.Reverse().Order());
        Assert.Equal(ascending[5], ascending[4].Next);
        Assert.Equal(ascending[3], ascending[2].Next);
    }
}
