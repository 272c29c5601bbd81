using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;

namespace FieldCrm.Core.Tests.Tenants;

public sealed class AlarmAcknowledgementTests
{
    private static readonly UtcMicros Now = UtcMicros.FromUnixSeconds(1_790_000_000);
    private static readonly TenantState Tenant = new() { Id = new TenantId(3), Name = "harbour" };
    private static readonly Guid Alarm = new("11111111-2222-8333-8444-555555555555");
    private static readonly KnownAlarm Open = new(5, IsWithdrawn: false, new DeviceId(7));

    [Fact]
    public void Given_an_open_alarm_When_acknowledged_Then_the_event_names_it_and_its_device() =>
        Assert.Equal(new AlarmAcknowledged(Alarm, new DeviceId(7)), Assert.Single(Decide(Open).Events));

    [Fact]
    public void Given_one_that_is_acknowledged_When_acknowledged_again_Then_nothing_happens_also_after_it_was_withdrawn()
    {
        Assert.Equal(TenantOutcome.Nothing, Decide(Open with { IsAcknowledged = true }));
        Assert.Equal(TenantOutcome.Nothing, Decide(Open with { IsAcknowledged = true, IsWithdrawn = true }));
    }

    [Fact]
    public void Given_one_that_was_withdrawn_or_none_When_acknowledged_Then_refused()
    {
        Assert.Equal("alarm.withdrawn", Decide(Open with { IsWithdrawn = true }).Refusal?.Code);
        Assert.Equal("alarm.unknown", Decide(null).Refusal?.Code);
    }

    [Fact]
    public void Given_an_acknowledged_alarm_When_it_is_withdrawn_and_raised_once_more_Then_it_is_not_open_again()
    {
        var report = new ReportAlarm(Alarm, new DeviceId(7), AlarmKind.Sos, Now, 6, "{}", IsWithdrawn: false);

        Assert.True(Open.Apply(new AlarmCorrected(report)).IsOpen);
        Assert.False(Open.Apply(new AlarmWithdrawn(report)).IsOpen);
        Assert.True(Open.Apply(new AlarmWithdrawn(report)).Apply(new AlarmRaised(report)).IsOpen);
        Assert.False(Open.Apply(new AlarmAcknowledged(Alarm, new DeviceId(7))).Apply(new AlarmWithdrawn(report)).Apply(new AlarmRaised(report)).IsOpen);
    }

    private static TenantOutcome Decide(KnownAlarm? known) =>
        TenantDecider.Decide(Tenant, new TenantFacts { Alarm = known }, new AcknowledgeAlarm(Alarm), Now);
}
