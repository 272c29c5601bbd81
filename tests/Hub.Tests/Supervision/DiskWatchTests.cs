using FieldCrm.Hub.Supervision;
using Microsoft.Extensions.Time.Testing;

namespace FieldCrm.Hub.Tests.Supervision;

/// <summary>What the operator reads while a disk fills, and that nothing is started on a full one.</summary>
public sealed class DiskWatchTests
{
    private const long Megabyte = 1024 * 1024;

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _said = [];
    private long _free = 800 * Megabyte;

    private DiskWatch Watch => field ??= new DiskWatch("/data", () => _free, _time, _said.Add);

    [Fact]
    public void Given_a_disk_that_fills_and_is_freed_When_watched_Then_each_change_is_one_line()
    {
        var full = new List<int>();
        foreach (var megabytes in new[] { 800, 499, 498, 47, 0, 47, 60, 200, 510, 800 })
        {
            _free = megabytes * Megabyte;
            if (Watch.IsFull())
                full.Add(megabytes);
        }

        Assert.Equal([47, 0, 47, 60], full);
        Assert.Equal(
            [
                "the disk under /data is nearly full (499 MB free): free some before it is",
                "the disk under /data is full (47 MB free): free some. Until then positions are refused and devices keep them; what was acknowledged is safe",
                "the disk under /data has room again (200 MB free)",
                "the disk under /data has room again (800 MB free)",
            ],
            _said);
    }

    [Fact]
    public async Task Given_a_full_disk_When_something_is_to_be_started_Then_it_waits_until_there_is_room()
    {
        _free = 10 * Megabyte;
        var room = Watch.RoomAsync(default);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(room.IsCompleted);

        _free = 100 * Megabyte;
        _time.Advance(TimeSpan.FromSeconds(2));

        await room.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
