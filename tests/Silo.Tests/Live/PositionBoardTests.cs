using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Tests.Positions;

namespace FieldCrm.Silo.Tests.Live;

public sealed class PositionBoardTests
{
    private static readonly TenantId Ours = new(1);
    private static readonly TenantId Theirs = new(2);
    private static readonly UtcMicros Noon = UtcMicros.FromUnixSeconds(1_780_000_000);

    [Fact]
    public void Given_the_first_question_When_asked_Then_lapped_and_from_there_each_changed_unit_once_with_where_it_was()
    {
        var board = new LastPositions();
        Move(board, 1, 10, 10);
        Move(board, 2, 20, 20);

        var first = board.Changes(Ours, -1);
        Assert.True(first.IsLapped);
        Assert.Empty(first.Changes);
        Move(board, 1, 11, 11);
        Move(board, 1, 12, 12);
        Move(board, 3, 30, 30);
        Move(board, 9, 90, 90, Theirs);
        var second = board.Changes(Ours, first.Version);

        Assert.False(second.IsLapped);
        Assert.Equal([1, 3], second.Changes.Select(c => c.Device.Value).Order());
        var moved = second.Changes.Single(c => c.Device.Value == 1);
        Assert.Equal((At(10, 10), At(12, 12)), (moved.Before, moved.Now?.Last.Position));
        var appeared = second.Changes.Single(c => c.Device.Value == 3);
        Assert.Equal((null, At(30, 30)), (appeared.Before, appeared.Now?.Last.Position));
        Assert.Empty(board.Changes(Ours, second.Version).Changes);
        Assert.Equal(second.Version, board.Changes(Ours, second.Version).Version);
    }

    [Fact]
    public void Given_a_device_that_is_disabled_or_loses_its_position_When_asked_Then_it_is_gone_from_where_it_was()
    {
        var board = new LastPositions();
        Move(board, 1, 10, 10);
        Move(board, 2, 20, 20);
        var version = board.Changes(Ours, -1).Version;

        board.SetDisabled(Ours, new DeviceId(1), isDisabled: true);
        board.Place(Ours, new DeviceId(2), null, Noon);
        var changes = board.Changes(Ours, version);
        Assert.Equal([(1, At(10, 10), null), (2, At(20, 20), null)], Brief(changes));

        Move(board, 1, 13, 13); // out of sight: nobody is told
        Assert.Empty(board.Changes(Ours, changes.Version).Changes);
        board.SetDisabled(Ours, new DeviceId(1), isDisabled: false);
        Assert.Equal([(1, null, At(13, 13))], Brief(board.Changes(Ours, changes.Version)));
    }

    [Fact]
    public void Given_kind_availability_alarm_and_silence_When_they_change_Then_the_unit_is_told_again_where_it_is()
    {
        var board = new LastPositions();
        Move(board, 1, 10, 10);
        var version = board.Changes(Ours, -1).Version;

        board.SetKind(Ours, new DeviceId(1), UnitKind.Asset);
        board.SetAvailability(Ours, new DeviceId(1), AvailabilityStatus.OutOfService);
        board.SetOpenAlarm(Ours, new DeviceId(1), isOpen: true);
        board.Place(Ours, new DeviceId(1), LastPositionsTests.At(10, 10), heardAt: null, isSignalLost: true);
        var changes = board.Changes(Ours, version);

        var unit = Assert.Single(changes.Changes).Now;
        Assert.Equal(
            new UnitMarks(UnitKind.Asset, AvailabilityStatus.OutOfService, UnitFlags.SignalLost | UnitFlags.OpenAlarm), unit?.Marks);
        Assert.Equal(unit?.Marks, board.MarksOf(Ours, new DeviceId(1)));
        board.SetOpenAlarm(Ours, new DeviceId(1), isOpen: true); // as it was
        Assert.Empty(board.Changes(Ours, changes.Version).Changes);
        Move(board, 1, 10, 11);
        Assert.Equal(
            new UnitMarks(UnitKind.Asset, AvailabilityStatus.OutOfService, UnitFlags.OpenAlarm),
            board.Changes(Ours, changes.Version).Changes.Single().Now?.Marks);
    }

    [Fact]
    public void Given_more_changes_than_are_kept_When_asked_Then_lapped_and_the_next_question_is_answered()
    {
        var board = new LastPositions();
        var version = board.Changes(Ours, -1).Version;
        for (var i = 0; i < ChangeRing.Capacity; i++)
            Move(board, i % 100, 10 + i % 7, 10);
        Assert.False(board.Changes(Ours, version).IsLapped);
        Assert.Equal(100, board.Changes(Ours, version).Changes.Count);

        Move(board, 1, 50, 50);
        var lapped = board.Changes(Ours, version);
        Assert.True(lapped.IsLapped);
        Move(board, 2, 50, 50);
        Assert.Equal([2], board.Changes(Ours, lapped.Version).Changes.Select(c => c.Device.Value));

        board.Forget(Ours);
        Assert.True(board.Changes(Ours, lapped.Version).IsLapped);
    }

    [Fact]
    public async Task Given_writers_at_work_When_every_change_is_followed_Then_the_follower_ends_with_what_the_board_has()
    {
        var board = new LastPositions();
        const int devices = 200;
        var version = board.Changes(Ours, -1).Version;
        var seen = new Dictionary<int, GeoPoint>();
        var writers = Enumerable.Range(0, 2).Select(w => Task.Run(() =>
        {
            var random = new Random(w);
            for (var i = 0; i < 20_000; i++)
            {
                var device = random.Next(devices / 2) * 2 + w;
                if (i % 50 == 49)
                    board.SetDisabled(Ours, new DeviceId(device), isDisabled: random.Next(2) == 0);
                else
                    Move(board, device, random.Next(-80, 80), random.Next(-170, 170));
            }
        })).ToArray();
        var all = Task.WhenAll(writers);
        for (var last = false; ; last = all.IsCompleted)
        {
            var changes = board.Changes(Ours, version);
            Assert.False(changes.IsLapped);
            version = changes.Version;
            // As a console does: what left is taken first, from where it was.
            foreach (var change in changes.Changes)
            {
                if (change.Now is { } now)
                    seen[change.Device.Value] = now.Last.Position;
                else
                    seen.Remove(change.Device.Value);
            }
            if (last)
                break;
        }
        await all;
        var units = new List<BoardUnit>();
        board.Collect(Ours, GeoBox.World, units);

        Assert.Equal(
            units.ToDictionary(u => u.Device.Value, u => u.Last.Position).OrderBy(p => p.Key), seen.OrderBy(p => p.Key));
        Assert.Equal(units.Count, board.CountIn(Ours, GeoBox.World));
    }

    private static void Move(LastPositions board, int device, int latitude, int longitude, TenantId? tenant = null) =>
        board.Place(tenant ?? Ours, new DeviceId(device), LastPositionsTests.At(latitude, longitude), Noon);

    private static GeoPoint? At(int latitude, int longitude) => LastPositionsTests.At(latitude, longitude).Position;

    private static IEnumerable<(int, GeoPoint?, GeoPoint?)> Brief(BoardChanges changes) =>
        changes.Changes.OrderBy(c => c.Device.Value).Select(c => (c.Device.Value, c.Before, c.Now?.Last.Position));
}
