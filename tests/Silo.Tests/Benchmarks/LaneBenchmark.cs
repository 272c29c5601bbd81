using System.Collections.Immutable;
using System.Diagnostics;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Devices;
using FieldCrm.Silo.Tests.Devices;
using Npgsql;
using Xunit.Abstractions;

namespace FieldCrm.Silo.Tests.Benchmarks;

/// <summary>
/// Grains and lanes beside raw binary COPY into the same table with the same indexes, on the same server. A moment
/// of each in every run of the tests, which proves that all is stored; figures with <c>FIELDCRM_BENCHMARK_SECONDS=5</c>.
/// The server of the tests lies in memory and syncs: compare the two, do not quote either.
/// </summary>
[Collection(nameof(Alone))]
public sealed class LaneBenchmark(ITestOutputHelper output)
{
    private const int Devices = 10_000;
    private const int PerCall = 10;
    private const int RawRows = 1_000;

    private readonly TimeSpan _duration = TimeSpan.FromSeconds(
        double.TryParse(Environment.GetEnvironmentVariable("FIELDCRM_BENCHMARK_SECONDS"), out var seconds) ? seconds : 0.3);

    private readonly int _devices =
        Environment.GetEnvironmentVariable("FIELDCRM_BENCHMARK_SECONDS") is null ? 200 : Devices;

    [Fact]
    public async Task Given_devices_that_report_When_measured_Then_everything_answered_is_stored()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("SELECT ensure_day('2026-01-02')");
        await using var silo = await SiloUnderTest.StartAsync(database.Addresses);
        var stored = await GrainsAsync(silo, inFlight: 200, perCall: PerCall, "warm-up");
        for (var round = 0; round < 3; round++)
        {
            stored += await RawAsync(database, round);
            stored += await GrainsAsync(silo, inFlight: 1_000, PerCall, "grains and lanes");
        }
        stored += await GrainsAsync(silo, inFlight: 50, perCall: 1, "grains and lanes");

        Assert.Equal(stored, await database.CountAsync("fix"));
    }

    private int[] _seconds = [];

    private async Task<long> GrainsAsync(SiloUnderTest silo, int inFlight, int perCall, string name)
    {
        if (_seconds.Length == 0)
            _seconds = new int[_devices];
        var calls = 0L;
        var latencies = new List<double>[inFlight];
        var allocated = GC.GetTotalAllocatedBytes();
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(worker => Task.Run(async () =>
        {
            latencies[worker] = [];
            for (var device = worker; watch.Elapsed < _duration; device = (device + inFlight) % _devices)
            {
                if (_devices < inFlight && worker >= _devices)
                    return;
                var from = Interlocked.Add(ref _seconds[device], perCall) - perCall;
                var began = Stopwatch.GetTimestamp();
                await silo.ReportAsync(device + 1, Batch(device, from, perCall));
                latencies[worker].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                Interlocked.Increment(ref calls);
            }
        })));
        var all = latencies.SelectMany(l => l).Order().ToArray();
        var fixes = calls * perCall;
        output.WriteLine(
            $"{name}, {inFlight} in flight, {perCall} a call: {fixes / watch.Elapsed.TotalSeconds:N0} fixes/s, "
            + $"p50 {all[all.Length / 2]:N1} ms, p99 {all[(int)(all.Length * 0.99)]:N1} ms, "
            + $"{(Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / fixes:N2} µs CPU and "
            + $"{(GC.GetTotalAllocatedBytes() - allocated) / fixes:N0} B a fix");
        return fixes;
    }

    private static ImmutableArray<Fix> Batch(int device, int from, int count)
    {
        var fixes = ImmutableArray.CreateBuilder<Fix>(count);
        for (var i = from; i < from + count; i++)
        {
            fixes.Add(new Fix
            {
                FixedAt = new UtcMicros(1_767_225_600L * UtcMicros.PerSecond + i * 100_000L),
                Position = new GeoPoint(481_300_000 + i * 180, 115_800_000 + device), SpeedMmps = 20_000, HeadingCdeg = 0,
                AccuracyMm = 5_000,
            }.Hashed());
        }
        return fixes.MoveToImmutable();
    }

    private async Task<long> RawAsync(TestDatabase database, int round)
    {
        await using var connection = new NpgsqlConnection(database.Addresses.Silo);
        await connection.OpenAsync();
        var rows = 0L;
        var watch = Stopwatch.StartNew();
        for (var batch = 0; watch.Elapsed < _duration; batch++)
        {
            var units = Enumerable.Range(0, RawRows / PerCall).Select(device => new PendingUnit(
                new CommitUnit
                {
                    Tenant = SiloUnderTest.Tenant,
                    Fixes = new DeviceFixes(
                        new DeviceId(100_000 * (round + 1) + device), default, Batch(device, batch * PerCall, PerCall), [], []),
                }, 0)).ToList();
            await using var transaction = await connection.BeginTransactionAsync();
            await FixCopy.WriteAsync(connection, units, tx: 1);
            await transaction.CommitAsync();
            rows += RawRows;
        }
        output.WriteLine($"raw COPY, {RawRows} rows a transaction, one connection: {rows / watch.Elapsed.TotalSeconds:N0} fixes/s");
        return rows;
    }
}
