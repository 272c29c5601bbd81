using System.Collections.Immutable;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;

namespace FieldCrm.Core.Tests.Tenants;

public sealed class TenantDeciderTests
{
    private static readonly UtcMicros Now = UtcMicros.FromUnixSeconds(1_790_000_000);
    private static readonly TenantState Tenant = new() { Id = new TenantId(3), Name = "harbour" };
    private static readonly SecretHash Hash = SecretHash.Of("a-token");
    private static readonly KnownDevice Van = new(new DeviceId(7), "van-7", "Van 7", IsDisabled: false, AcceptsEnrolment: false, HasToken: true);
    private static readonly Guid User = new("11111111-2222-8333-8444-555555555555");

    private static NewDevice New(int id, string uniqueId) => new(new DeviceId(id), uniqueId, uniqueId, Hash);

    private static TenantOutcome Decide(TenantCommand command, TenantFacts? facts = null, TenantState? state = null) =>
        TenantDecider.Decide(state ?? Tenant, facts ?? TenantFacts.None, command, Now);

    private static void Refused(string code, TenantOutcome outcome)
    {
        Assert.Equal(code, outcome.Refusal?.Code);
        Assert.Empty(outcome.Events.ToArray());
    }

    [Fact]
    public void Given_a_free_id_When_registered_Then_the_event_carries_the_hash_and_the_count_rises()
    {
        var outcome = Decide(new RegisterDevices([New(7, "van-7")], SkipKnown: false));

        Assert.Equal(new DeviceRegistered(new DeviceId(7), "van-7", "van-7", Hash, false, null), Assert.Single(outcome.Events));
        Assert.Equal(1, Tenant.Apply(outcome.Events[0]).DeviceCount);
    }

    [Fact]
    public void Given_a_taken_id_When_registered_Then_refused_unless_known_ones_are_skipped()
    {
        var facts = new TenantFacts { Devices = [Van] };

        Refused("device.id-taken", Decide(new RegisterDevices([New(8, "van-8"), New(9, "van-7")], SkipKnown: false), facts));
        var skipped = Decide(new RegisterDevices([New(8, "van-8"), New(9, "van-7")], SkipKnown: true), facts);
        Assert.Equal("van-8", Assert.IsType<DeviceRegistered>(Assert.Single(skipped.Events)).UniqueId);
    }

    [Fact]
    public void Given_the_same_id_twice_in_one_command_When_registered_Then_it_is_registered_once()
    {
        var outcome = Decide(new RegisterDevices([New(8, "van-8"), New(9, "van-8")], SkipKnown: true));

        Assert.Equal(new DeviceId(8), Assert.IsType<DeviceRegistered>(Assert.Single(outcome.Events)).Device);
        Refused("device.id-taken", Decide(new RegisterDevices([New(8, "van-8"), New(9, "van-8")], SkipKnown: false)));
    }

    [Fact]
    public void Given_a_bare_id_of_another_tenant_When_registered_Then_refused()
    {
        var device = New(8, "van-8") with { BareId = "356938035643809" };

        Refused("device.bare-id-taken", Decide(
            new RegisterDevices([device], SkipKnown: false), new TenantFacts { TakenBareIds = ["356938035643809"] }));
    }

    [Fact]
    public void Given_the_quota_less_one_When_two_are_registered_Then_refused_and_one_is_accepted()
    {
        var full = Tenant with { DeviceCount = TenantSettings.Default.MaxDevices - 1 };

        Refused("device.quota-reached", Decide(new RegisterDevices([New(1, "a"), New(2, "b")], SkipKnown: false), state: full));
        Assert.Single(Decide(new RegisterDevices([New(1, "a")], SkipKnown: false), state: full).Events);
    }

    [Fact]
    public void Given_a_thousand_and_one_devices_When_registered_Then_refused()
    {
        var many = Enumerable.Range(1, 1_001).Select(i => New(i, $"d{i}")).ToImmutableArray();

        Refused("device.too-many", Decide(new RegisterDevices(many, SkipKnown: false)));
        Assert.Equal(1_000, Decide(new RegisterDevices(many[..1_000], SkipKnown: false)).Events.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" van")]
    [InlineData("van ")]
    [InlineData("va\nn")]
    [InlineData("va\0n")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("depot%2fvan")]
    public void Given_an_id_that_cannot_be_one_When_registered_Then_refused(string uniqueId) =>
        Refused("device.id-invalid", Decide(new RegisterDevices([New(1, uniqueId) with { Name = "x" }], SkipKnown: false)));

    [Fact]
    public void Given_an_id_that_utf8_cannot_hold_When_registered_Then_refused() =>
        Refused("device.id-invalid", Decide(new RegisterDevices([New(1, "van\uD800") with { Name = "x" }], SkipKnown: false)));

    [Fact]
    public void Given_ids_of_128_and_129_characters_When_registered_Then_the_longer_is_refused()
    {
        Assert.Single(Decide(new RegisterDevices([New(1, new string('a', 128))], SkipKnown: false)).Events);
        Refused("device.id-invalid", Decide(new RegisterDevices([New(1, new string('a', 129))], SkipKnown: false)));
    }

    [Fact]
    public void Given_a_device_When_disabled_and_enabled_twice_Then_each_happens_once()
    {
        var enabled = new TenantFacts { Devices = [Van] };
        var disabled = new TenantFacts { Devices = [Van with { IsDisabled = true }] };

        Assert.Equal(new DeviceDisabled(Van.Id), Assert.Single(Decide(new DisableDevice(Van.Id), enabled).Events));
        Assert.Empty(Decide(new DisableDevice(Van.Id), disabled).Events);
        Assert.Equal(new DeviceEnabled(Van.Id), Assert.Single(Decide(new EnableDevice(Van.Id), disabled).Events));
        Assert.Empty(Decide(new EnableDevice(Van.Id), enabled).Events);
    }

    [Fact]
    public void Given_a_device_When_renamed_rotated_and_revoked_Then_the_events_say_so()
    {
        var facts = new TenantFacts { Devices = [Van] };
        var other = SecretHash.Of("another");

        Assert.Equal(new DeviceRenamed(Van.Id, "Blue van"), Assert.Single(Decide(new RenameDevice(Van.Id, "Blue van"), facts).Events));
        Assert.Empty(Decide(new RenameDevice(Van.Id, "Van 7"), facts).Events);
        Assert.Equal(new DeviceTokenRotated(Van.Id, other), Assert.Single(Decide(new RotateDeviceToken(Van.Id, other), facts).Events));
        Assert.Equal(new DeviceTokenRevoked(Van.Id), Assert.Single(Decide(new RevokeDeviceToken(Van.Id), facts).Events));
    }

    public static TheoryData<TenantCommand> CommandsOnDevices => [
        new RenameDevice(Van.Id, "x"), new DisableDevice(Van.Id), new EnableDevice(Van.Id), new RotateDeviceToken(Van.Id, Hash),
        new RevokeDeviceToken(Van.Id), new AllowEnrolment(Van.Id, true)];

    [Theory]
    [MemberData(nameof(CommandsOnDevices))]
    public void Given_no_such_device_When_changed_Then_refused(TenantCommand command) =>
        Refused("device.unknown", Decide(command));

    [Fact]
    public void Given_a_full_list_When_more_report_Then_they_are_counted_and_not_listed()
    {
        var nearlyFull = Tenant with { UnregisteredCount = TenantSettings.Default.MaxUnregistered - 1 };
        var note = new NoteUnregistered([Seen("known"), Seen("new-1"), Seen("new-2"), Seen("new-3")]);

        var outcome = Decide(note, new TenantFacts { ListedClaims = ["known"] }, nearlyFull);

        Assert.Equal(
            [
                new UnregisteredSeenAgain("known", "osmand", Now, 2),
                new UnregisteredListed("new-1", "osmand", Now, Now, 2),
                new UnregisteredNotListed(2),
            ],
            outcome.Events.ToArray());
        var after = outcome.Events.Aggregate(nearlyFull, (state, happened) => state.Apply(happened));
        Assert.Equal((1_000, 2L), (after.UnregisteredCount, after.NotListedCount));
        Assert.Equal([false, true, false], outcome.Events.Select(e => e.IsLedgered));
    }

    [Fact]
    public void Given_a_listed_device_When_admitted_Then_it_is_registered_and_leaves_the_list()
    {
        var outcome = Decide(new AdmitDevice(New(9, "phone") with { TokenHash = null }), new TenantFacts { ListedClaims = ["phone"] });

        Assert.Equal(
            [new DeviceRegistered(new DeviceId(9), "phone", "phone", null, true, null), new UnregisteredAdmitted("phone", new DeviceId(9))],
            outcome.Events.ToArray());
        Refused("unregistered.unknown", Decide(new AdmitDevice(New(9, "phone"))));
    }

    [Fact]
    public void Given_a_registered_device_on_the_list_When_admitted_Then_enrolment_is_allowed()
    {
        var outcome = Decide(
            new AdmitDevice(New(9, "van-7")), new TenantFacts { ListedClaims = ["van-7"], Devices = [Van] });

        Assert.Equal([new EnrolmentAllowed(Van.Id), new UnregisteredAdmitted("van-7", Van.Id)], outcome.Events.ToArray());
        // Nobody is to believe that a vehicle's positions wait for a person's yes.
        Refused("device.kind-differs", Decide(
            new AdmitDevice(New(9, "van-7") with { Kind = UnitKind.Person }), new TenantFacts { ListedClaims = ["van-7"], Devices = [Van] }));
    }

    [Fact]
    public void Given_the_operator_When_a_tenant_is_added_Then_only_a_free_name_will_do()
    {
        var op = Tenant with { Id = new TenantId(0) };

        Assert.Equal(new TenantAdded(new TenantId(4), "north"), Assert.Single(Decide(new AddTenant(new TenantId(4), "north"), state: op).Events));
        Refused("tenant.name-taken", Decide(new AddTenant(new TenantId(4), "north"), new TenantFacts { IsTenantNameTaken = true }, op));
        Refused("tenant.name-invalid", Decide(new AddTenant(new TenantId(4), ""), state: op));
        Refused("tenant.not-operator", Decide(new AddTenant(new TenantId(4), "north")));
    }

    [Fact]
    public void Given_users_When_added_Then_name_role_and_quota_are_checked()
    {
        Assert.Equal(new UserAdded(User, "ana", "dispatcher"), Assert.Single(Decide(new AddUser(User, "ana", "dispatcher")).Events));
        Refused("user.role-unknown", Decide(new AddUser(User, "ana", "root")));
        Refused("user.name-taken", Decide(new AddUser(User, "ana", "admin"), new TenantFacts { IsUserNameTaken = true }));
        Refused("user.quota-reached", Decide(new AddUser(User, "ana", "admin"), state: Tenant with { UserCount = 1_000 }));
    }

    [Fact]
    public void Given_a_link_When_redeemed_Then_only_once_in_time_and_by_a_user_who_may()
    {
        var user = new KnownUser(User, "admin", IsDisabled: false);
        var created = Assert.IsType<LinkCreated>(Assert.Single(Decide(new CreateLink(User, Hash), new TenantFacts { User = user }).Events));
        Assert.Equal(Now.Plus(TimeSpan.FromHours(24)), created.ExpiresAt);

        var link = new KnownLink(User, created.ExpiresAt, IsUsed: false);
        var redeem = new RedeemLink(Hash);
        Assert.Equal(new LinkRedeemed(User, Hash, "admin"), Assert.Single(Decide(redeem, new TenantFacts { User = user, Link = link }).Events));
        Refused("link.used", Decide(redeem, new TenantFacts { User = user, Link = link with { IsUsed = true } }));
        Refused("link.expired", Decide(redeem, new TenantFacts { User = user, Link = link with { ExpiresAt = Now } }));
        Refused("user.disabled", Decide(redeem, new TenantFacts { User = user with { IsDisabled = true }, Link = link }));
        Refused("link.unknown", Decide(redeem));
        Refused("user.disabled", Decide(new CreateLink(User, Hash), new TenantFacts { User = user with { IsDisabled = true } }));
    }

    [Fact]
    public void Given_an_alarm_withdrawn_raised_and_withdrawn_again_When_told_in_any_order_Then_it_stays_withdrawn()
    {
        var raised = new ReportAlarm(User, Van.Id, AlarmKind.Sos, Now, SourceVersion: 6, "{}", IsWithdrawn: false);
        ReportAlarm[] told = [raised with { SourceVersion = 5, IsWithdrawn = true }, raised, raised with { SourceVersion = 7, IsWithdrawn = true }];
        foreach (var order in (int[][])[[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
        {
            KnownAlarm? known = null;
            foreach (var at in order)
            {
                if (Decide(told[at], new TenantFacts { Alarm = known }).Events is not [])
                    known = new KnownAlarm(told[at].SourceVersion, told[at].IsWithdrawn);
            }
            Assert.Equal(new KnownAlarm(7, IsWithdrawn: true), known);
        }
    }

    [Fact]
    public void Given_alarm_reports_When_they_come_late_twice_or_out_of_order_Then_the_newest_version_stands()
    {
        var report = new ReportAlarm(User, Van.Id, AlarmKind.Sos, Now, SourceVersion: 5, "{}", IsWithdrawn: false);
        var withdrawal = report with { SourceVersion = 6, IsWithdrawn = true };

        Assert.Equal(new AlarmRaised(report), Assert.Single(Decide(report).Events));
        Assert.Empty(Decide(report, Known(5, withdrawn: false)).Events);
        Assert.Equal(new AlarmCorrected(report), Assert.Single(Decide(report, Known(4, withdrawn: false)).Events));
        Assert.Equal(new AlarmWithdrawn(withdrawal), Assert.Single(Decide(withdrawal, Known(5, withdrawn: false)).Events));
        Assert.Equal(new AlarmWithdrawn(withdrawal), Assert.Single(Decide(withdrawal).Events));
        Assert.Empty(Decide(report, Known(6, withdrawn: true)).Events);
        Assert.Equal(new AlarmRaised(report), Assert.Single(Decide(report, Known(4, withdrawn: true)).Events));

        static TenantFacts Known(long version, bool withdrawn) => new() { Alarm = new KnownAlarm(version, withdrawn) };
    }

    [Fact]
    public void Given_settings_When_changed_Then_ranges_hold()
    {
        var settings = TenantSettings.Default with { RetentionDays = 3_650 };

        Assert.Equal(settings, Tenant.Apply(Assert.Single(Decide(new ChangeSettings(settings)).Events)).Settings);
        Assert.Empty(Decide(new ChangeSettings(TenantSettings.Default)).Events);
        Refused("tenant.settings-out-of-range", Decide(new ChangeSettings(settings with { RetentionDays = 3_651 })));
        Refused("tenant.settings-out-of-range", Decide(new ChangeSettings(settings with { RetentionDays = 0 })));
        Assert.NotEmpty(Decide(new ChangeSettings(settings with { RetentionDays = 8, RefoldWindowDays = 7 })).Events);
        Refused("tenant.retention-too-short", Decide(new ChangeSettings(settings with { RetentionDays = 7, RefoldWindowDays = 7 })));
    }

    private static UnregisteredSighting Seen(string claimedId) => new(claimedId, "osmand", Now, Now, 2);
}
