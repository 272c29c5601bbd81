using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Tenants;
using FieldCrm.TestKit;
using static FieldCrm.Silo.Tests.Devices.DeviceFixture;

namespace FieldCrm.Silo.Tests.Devices;

/// <summary>What memory shows of a device, through its real grain, its tenant's and the store.</summary>
public sealed class DevicePositionTests : IAsyncLifetime
{
    private static readonly DeviceId Device = new(7);

    private TestDatabase _database = null!;
    private SiloUnderTest _silo = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _silo = await SiloUnderTest.StartAsync(_database.Addresses);
        await TenantAsync(new RegisterDevices([new NewDevice(Device, "seven", "Seven", TokenHash: null)], SkipKnown: false));
        await FilledAsync(_silo);
    }

    public async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Given_a_newest_position_that_late_fixes_belie_When_refolded_Then_the_newest_believed_one_is_shown()
    {
        var wrong = Elsewhere(100);
        await _silo.ReportAsync(Device.Value, wrong);
        Assert.Equal(wrong.Position, Sighting.Last?.Position);
        _silo.Time.Advance(TimeSpan.FromMinutes(1));
        await _silo.ReportAsync(Device.Value, [.. Drive(0, 20)]);
        var heardAt = _silo.Now;
        Assert.Equal(wrong.Position, Sighting.Last?.Position); // not evaluated yet

        await _silo.SettleAsync(_database);

        Assert.Equal(["(3)"], await _database.RowsAsync("SELECT mark FROM fix_mark"));
        Assert.Equal((heardAt, Driving(19).FixedAt, Driving(19).Position), (Sighting.HeardAt, Sighting.Last?.FixedAt, Sighting.Last?.Position));
        Assert.Empty(Positions.InBox(SiloUnderTest.Tenant, GeoBox.Around(wrong.Position, 1_000_000), null, 10));

        await using var next = await SiloUnderTest.StartAsync(_database.Addresses, _silo.Time);
        await FilledAsync(next);
        Assert.Equal(Driving(19).Position, next.Get<LastPositions>().Of(SiloUnderTest.Tenant, Device).Last?.Position);
    }

    [Fact]
    public async Task Given_a_device_that_sends_nothing_believable_Then_it_is_heard_all_the_same()
    {
        await _silo.ReportAsync(Device.Value, (Driving(0) with { Position = default }).Hashed());
        Assert.Equal(new Sighting(_silo.Now, null), Sighting); // null island

        await _silo.ReportAsync(Device.Value, [.. Drive(100, 20)]);
        var believed = Sighting.Last;
        foreach (var (what, fixes) in new (string, Fix[])[]
        {
            ("late", [Driving(50)]),
            ("a jump", [Elsewhere(130)]),
            ("a repeat", [Driving(119)]),
            ("set aside", []),
        })
        {
            _silo.Time.Advance(TimeSpan.FromMinutes(1));
            await _silo.ReportAsync(Device.Value, [.. fixes]);
            Assert.Equal((what, new Sighting(_silo.Now, believed)), (what, Sighting));
        }
    }

    [Fact]
    public async Task Given_a_device_whose_fixes_are_all_set_aside_When_it_is_silent_no_longer_Then_the_ledger_says_so()
    {
        await _silo.ReportAsync(Device.Value); // its first sign of life: its silence is watched
        Assert.Equal(1, await _database.CountAsync("due"));
        await _silo.ReportAsync(Device.Value, Driving(0));
        _silo.Time.Advance(TimeSpan.FromMinutes(10));
        await _silo.Device(Device.Value).DueAsync(SiloUnderTest.Tenant.Value, _silo.Now.Value);

        await _silo.ReportAsync(Device.Value);

        Assert.Equal(
            ["(SignalLost)", "(SignalRegained)"],
            await _database.RowsAsync("SELECT type FROM event WHERE type LIKE 'Signal%' ORDER BY version"));
        Assert.Equal(1, await _database.CountAsync("fix"));
    }

    [Fact]
    public async Task Given_a_disabled_device_When_a_refold_or_a_late_report_speaks_of_it_Then_it_is_shown_only_when_enabled_again()
    {
        await _silo.ReportAsync(Device.Value, Driving(100));
        await _silo.ReportAsync(Device.Value, [.. Drive(0, 20)]);
        await TenantAsync(new DisableDevice(Device));
        Assert.Equal(default, Sighting);

        await _silo.SettleAsync(_database); // the pending refold
        Assert.Equal(default, Sighting);
        await _silo.ReportAsync(Device.Value, Driving(110)); // admitted just before it was disabled
        Assert.Equal(default, Sighting);
        Assert.Empty(Positions.InBox(SiloUnderTest.Tenant, GeoBox.World, null, 10));

        await TenantAsync(new EnableDevice(Device));
        Assert.Equal(Driving(110).Position, Sighting.Last?.Position);
        Assert.Single(Positions.InBox(SiloUnderTest.Tenant, GeoBox.World, null, 10));
    }

    [Fact]
    public async Task Given_a_device_disabled_before_a_start_When_its_refold_runs_after_it_Then_it_is_shown_only_when_enabled_again()
    {
        await _silo.ReportAsync(Device.Value, Driving(100));
        await _silo.ReportAsync(Device.Value, [.. Drive(0, 20)]);
        await TenantAsync(new DisableDevice(Device));
        Assert.Equal(1, await _database.CountAsync("refold_mark"));

        await using var next = await SiloUnderTest.StartAsync(_database.Addresses, _silo.Time);
        await next.SettleAsync(_database);
        await FilledAsync(next);
        var positions = next.Get<LastPositions>();
        Assert.Equal(default, positions.Of(SiloUnderTest.Tenant, Device));

        Assert.Null((await Grain(next).DecideAsync(new EnableDevice(Device), Actor.Operator)).Refusal);
        Assert.Equal(Driving(100).Position, positions.Of(SiloUnderTest.Tenant, Device).Last?.Position);
    }

    private LastPositions Positions => _silo.Get<LastPositions>();

    private Sighting Sighting => Positions.Of(SiloUnderTest.Tenant, Device);

    private static Fix Elsewhere(int second) =>
        (Driving(second) with { Position = GeoPoint.FromDegrees(-34.9, -56.16) ?? default }).Hashed();

    private async Task TenantAsync(TenantCommand command) => Assert.Null((await Grain(_silo).DecideAsync(command, Actor.Operator)).Refusal);

    private static ITenantGrain Grain(SiloUnderTest silo) =>
        silo.Get<IGrainFactory>().GetGrain<ITenantGrain>(SiloUnderTest.Tenant.Value);

    private static Task FilledAsync(SiloUnderTest silo) =>
        Eventually.TrueAsync(() => silo.Get<LastPositions>().IsFilled, TimeSpan.FromSeconds(30));
}
