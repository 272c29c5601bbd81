using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Devices;
using FieldCrm.Silo.DueTimes;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Tenants;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using static FieldCrm.Silo.Tests.Devices.DeviceFixture;

namespace FieldCrm.Silo.Tests.Devices;

/// <summary>An administrator wants to hear of silence sooner: also of devices that were armed under the former settings.</summary>
public sealed class ShorterSilenceTests : IAsyncLifetime
{
    private const int Device = 7;

    private TestDatabase _database = null!;
    private SiloUnderTest _silo = null!;
    private DueTimesWorker _worker = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _silo = await SiloUnderTest.StartAsync(_database.Addresses);
        _worker = new DueTimesWorker(
            _silo.Get<FieldCrmDatabase>(),
            [new SilenceDueHandler(_silo.Get<DeviceGrains>()), new ShorterSilence(_silo.Get<FieldCrmDatabase>())],
            Options.Create(new DueTimesOptions()), _silo.Time, NullLogger<DueTimesWorker>.Instance);
    }

    public async Task DisposeAsync()
    {
        _worker.Dispose();
        await _silo.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Given_a_device_armed_for_ten_minutes_When_the_silence_is_set_to_one_Then_it_is_noticed_after_one()
    {
        await _silo.ReportAsync(Device, DeviceFixture.Driving(0));
        Assert.Equal(["(device.silence,7,00:10:00)"], await DueAsync());
        await SetSilenceAsync(60);
        Assert.Equal(["(device.silence,7,00:10:00)", "(tenant.silence,0,00:00:20)"], await DueAsync());

        await FireAfterAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["(device.silence,7,00:01:00)"], await DueAsync());
        await FireAfterAsync(TimeSpan.FromSeconds(40));
        Assert.Equal(["(SignalLost)"], await _database.RowsAsync("SELECT type FROM event WHERE stream LIKE 'device/%'"));
    }

    [Fact]
    public async Task Given_more_rows_than_a_statement_moves_When_the_silence_is_shortened_Then_those_of_this_tenant_that_are_too_late_are_drawn_forward()
    {
        const int devices = 2 * ShorterSilence.ChunkRows + 10;
        await _database.ExecuteAsync($"INSERT INTO due SELECT 'device.silence', n, 0, '2026-01-10 00:10Z' FROM generate_series(1, {devices}) n");
        await _database.ExecuteAsync("""
            INSERT INTO due VALUES ('device.silence', 20001, 0, '2026-01-10 00:00:50Z'), ('device.silence', 20002, 9, '2026-01-10 00:10Z'),
                ('other', 20003, 0, '2026-01-10 00:10Z');
            """);
        await SetSilenceAsync(60);
        await FireAfterAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(devices, await _database.OneAsync<long>("SELECT count(*) FROM due WHERE due_at = '2026-01-10 00:01:20Z'"));
        Assert.Equal(
            ["(device.silence,20001,00:00:50)", "(device.silence,20002,00:10:00)", "(other,20003,00:10:00)"],
            (await DueAsync()).Where(row => row.Contains(",2000", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Given_a_silence_that_grew_When_the_tenants_row_fires_Then_no_row_of_a_device_is_touched()
    {
        await _silo.ReportAsync(Device, DeviceFixture.Driving(0));
        await SetSilenceAsync(3_600);
        await FireAfterAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["(device.silence,7,00:10:00)"], await DueAsync()); // a lower bound: the device moves it when it fires
    }

    private async Task SetSilenceAsync(int seconds)
    {
        var outcome = await _silo.Get<IGrainFactory>().GetGrain<ITenantGrain>(0).DecideAsync(
            new ChangeSettings(TenantSettings.Default with { SilenceAfterSeconds = seconds }), Actor.Operator);
        Assert.Null(outcome.Refusal);
    }

    private async Task FireAfterAsync(TimeSpan elapsed)
    {
        _silo.Time.Advance(elapsed);
        Assert.Equal(1, await _worker.RunOnceAsync(CancellationToken.None));
    }

    private Task<List<string>> DueAsync() => _database.RowsAsync(
        "SELECT kind, subject, to_char(due_at AT TIME ZONE 'UTC', 'HH24:MI:SS') FROM due WHERE subject NOT BETWEEN 10 AND 20000 ORDER BY 1, 2");
}
