using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Replay;
using Microsoft.Extensions.Time.Testing;

namespace FieldCrm.Dispatch.Tests;

/// <summary>A reason is asked for once in the time that the server takes for one look.</summary>
public sealed class LookReasonsTests
{
    [Fact]
    public void Given_a_reason_When_its_look_is_over_Then_it_is_asked_for_again()
    {
        var time = new FakeTimeProvider();
        var reasons = new LookReasons(time);
        reasons.Keep(7, "customer asks");

        Assert.Equal(("customer asks", null), (reasons.Of(7), reasons.Of(8)));
        time.Advance(LookReasons.OneLook);
        Assert.Null(reasons.Of(7));
    }

    [Fact]
    public void Given_a_detail_that_is_open_When_its_reason_lapses_Then_it_stays_open_while_another_is_asked_for()
    {
        var door = new DetailDoor();
        Assert.False(door.IsDecided);
        door.Ask();
        Assert.Equal((false, true, true), (door.IsOpen, door.IsAsking, door.IsDecided));
        door.Open();

        door.Ask();
        Assert.Equal((true, true, null), (door.IsOpen, door.IsAsking, door.Refusal));
        door.Ask("The server does not answer.");
        Assert.Equal((true, "The server does not answer."), (door.IsOpen, door.Refusal));
        door.Open();
        Assert.Equal((true, false, null), (door.IsOpen, door.IsAsking, door.Refusal));

        door.Reset();
        Assert.False(door.IsDecided);
    }

    [Fact]
    public void Given_a_reason_for_a_replay_When_asked_Then_it_stands_in_the_address_as_one_word()
    {
        var span = new ReplaySpan(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddHours(1));

        Assert.EndsWith("&unit=7&reason=a%20%26%20b%20%C3%B1", span.Address([7], "a & b ñ"), StringComparison.Ordinal);
        Assert.DoesNotContain("reason", span.Address([]), StringComparison.Ordinal);
    }
}
