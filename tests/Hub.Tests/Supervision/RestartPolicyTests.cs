using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Tests.Supervision;

public sealed class RestartPolicyTests
{
    private static readonly TimeSpan AMoment = TimeSpan.FromSeconds(1);

    [Fact]
    public void Given_starts_that_never_serve_When_the_fifth_fails_Then_it_gives_up()
    {
        var policy = new RestartPolicy();
        var pauses = Enumerable.Range(0, 5).Select(_ => policy.AfterEnd(served: null)?.TotalMilliseconds).ToArray();
        Assert.Equal([0, 250, 500, 1000, null], pauses);
    }

    [Fact]
    public void Given_what_served_for_a_moment_When_it_is_killed_ever_again_Then_it_is_started_within_a_second()
    {
        var policy = new RestartPolicy();
        var pauses = Enumerable.Range(0, 20).Select(_ => policy.AfterEnd(AMoment)!.Value.TotalMilliseconds).ToArray();
        Assert.Equal([0, 250, 500, 1000, 1000], pauses[..5]);
        Assert.All(pauses[5..], pause => Assert.Equal(1000, pause));
    }

    [Fact]
    public void Given_many_crashes_When_it_has_been_healthy_for_a_minute_Then_the_next_restart_is_immediate()
    {
        var policy = new RestartPolicy();
        foreach (var _ in Enumerable.Range(0, 4))
            policy.AfterEnd(AMoment);
        Assert.Equal(TimeSpan.Zero, policy.AfterEnd(TimeSpan.FromMinutes(1)));
        Assert.Equal(TimeSpan.FromMilliseconds(250), policy.AfterEnd(AMoment));
    }

    [Fact]
    public void Given_four_failed_starts_When_the_next_serves_Then_the_row_begins_anew()
    {
        var policy = new RestartPolicy();
        foreach (var _ in Enumerable.Range(0, 4))
            policy.AfterEnd(served: null);
        policy.AfterEnd(AMoment);
        Assert.NotNull(policy.AfterEnd(served: null));
        Assert.Equal(1, policy.FailedStarts);
    }
}
