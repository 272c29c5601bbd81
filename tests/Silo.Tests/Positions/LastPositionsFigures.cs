using System.Diagnostics;
using FieldCrm.Core;
using FieldCrm.Core.Geo;
using FieldCrm.Silo.Positions;
using Xunit.Abstractions;

namespace FieldCrm.Silo.Tests.Positions;

/// <summary>Prints what the table does with 100,000 devices; asserts only what would be a defect on any machine.</summary>
public sealed class LastPositionsFigures(ITestOutputHelper output)
{
    private const int Devices = 100_000;
    private static readonly TenantId Tenant = new(1);

    [Fact]
    public async Task Given_a_hundred_thousand_devices_When_written_and_asked_at_once_Then_rates_are_printed()
    {
        var positions = new LastPositions();
        var random = new Random(1);
        var places = Enumerable.Range(0, Devices).Select(_ => LastPositionsTests.RandomPosition(random, 0)).ToArray();
        var watch = Stopwatch.StartNew();
        for (var id = 0; id < Devices; id++)
            positions.Place(Tenant, new DeviceId(id), places[id], places[id].FixedAt);
        output.WriteLine($"first fill {Devices / watch.Elapsed.TotalSeconds:N0} updates/s on one thread");

        var watched = Stopwatch.StartNew();
        var moves = 0L;
        var writer = Task.Run(() =>
        {
            for (var round = 1; round <= 2; round++)
            {
                for (var id = 0; id < Devices; id++, moves++)
                {
                    var moved = places[id].Position.LatitudeE7 + (places[id].Position.LatitudeE7 < 0 ? 1 : -1) * round * 5_000;
                    positions.Place(Tenant, new DeviceId(id), places[id] with
                    {
                        FixedAt = new UtcMicros(places[id].FixedAt.Value + round),
                        Position = places[id].Position with { LatitudeE7 = moved },
                    }, places[id].FixedAt);
                }
            }
        });
        var nearest = 0L;
        var found = 0L;
        while (!writer.IsCompleted)
        {
            found += positions.Nearest(Tenant, places[nearest++ % Devices].Position, 5).Count;
        }
        await writer;
        output.WriteLine($"together: {moves / watched.Elapsed.TotalSeconds:N0} updates/s, {nearest / watched.Elapsed.TotalSeconds:N0} nearest-5/s");
        Assert.Equal(nearest * 5, found);

        Time("nearest 5", 200, i => positions.Nearest(Tenant, places[i].Position, 5).Count);
        Time("box of 4 km, at most 200", 200, i => positions.InBox(Tenant, GeoBox.Around(places[i].Position, 2_000_000), null, 200).Count);
        Time("box of the world, at most 1,000", 10, _ => positions.InBox(Tenant, GeoBox.World, null, 1_000).Count);
    }

    private void Time(string what, int times, Func<int, int> query)
    {
        var watch = Stopwatch.StartNew();
        var found = 0L;
        for (var i = 0; i < times; i++)
            found += query(i);
        output.WriteLine($"{what}: {times / watch.Elapsed.TotalSeconds:N0} queries/s, {found / (double)times:F1} devices each");
    }
}
