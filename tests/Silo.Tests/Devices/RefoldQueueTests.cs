using FieldCrm.Core;
using FieldCrm.Silo.Devices;
using Microsoft.Extensions.Time.Testing;

namespace FieldCrm.Silo.Tests.Devices;

/// <summary>Whose turn it is, by time alone, however many devices wait, run and rest.</summary>
public sealed class RefoldQueueTests
{
    private static readonly TenantId Tenant = new(1);
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly RefoldQueue _queue;

    public RefoldQueueTests() => _queue = new RefoldQueue(_clock);

    [Fact]
    public void Given_devices_marked_one_after_the_other_When_all_are_due_Then_they_come_in_that_order_and_are_forgotten_after_their_rest()
    {
        foreach (var device in (int[])[7, 3, 9])
        {
            _queue.Marked(new DeviceId(device), Tenant);
            _clock.Advance(TimeSpan.FromMilliseconds(100));
        }
        _clock.Advance(TimeSpan.FromSeconds(1));
        List<int> turns = [];
        while (_queue.TryStart(out _) is { } turn)
        {
            turns.Add(turn.Device.Value);
            _queue.Finished(turn.Device, steps: 100, isAdopted: true);
        }
        Assert.Equal([7, 3, 9], turns);
        Assert.Equal(3, _queue.Count); // they rest a second

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_queue.TryStart(out var nextDueAt));
        Assert.Null(nextDueAt);
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void Given_a_device_that_is_marked_again_while_it_runs_or_rests_Then_it_has_one_more_turn_and_not_before_its_rest()
    {
        var device = new DeviceId(1);
        _queue.Marked(device, Tenant);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(_queue.TryStart(out _));
        _queue.Marked(device, Tenant);
        Assert.Null(_queue.TryStart(out _)); // runs
        _queue.Finished(device, steps: 500, isAdopted: true);
        _queue.Marked(device, Tenant);
        _clock.Advance(TimeSpan.FromSeconds(4.999));
        Assert.Null(_queue.TryStart(out var nextDueAt));
        Assert.Equal(UtcMicros.From(_clock.GetUtcNow()).Plus(TimeSpan.FromMilliseconds(1)), nextDueAt);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((device, Tenant), _queue.TryStart(out _));
        Assert.Null(_queue.TryStart(out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Given_two_hundred_devices_at_random_Then_every_turn_goes_to_the_one_that_a_plain_search_finds(int seed)
    {
        var random = new Random(seed);
        var schedules = new Dictionary<int, Core.Devices.RefoldSchedule>();
        for (var step = 0; step < 5_000; step++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(random.Next(0, 40)));
            var now = UtcMicros.From(_clock.GetUtcNow());
            var device = random.Next(1, 201);
            if (random.Next(2) == 0)
            {
                _queue.Marked(new DeviceId(device), Tenant);
                schedules[device] = schedules.GetValueOrDefault(device).Marked(now);
                continue;
            }
            var expected = schedules.Where(pair => pair.Value.DueAt <= now).OrderBy(pair => pair.Value.DueAt?.Value).ThenBy(pair => pair.Key)
                .Select(pair => (int?)pair.Key).FirstOrDefault();
            var turn = _queue.TryStart(out var nextDueAt);
            Assert.Equal(expected, turn?.Device.Value);
            Assert.Equal(schedules.Values.Min(schedule => schedule.DueAt?.Value), nextDueAt?.Value);
            if (expected is not { } started)
                continue;
            _clock.Advance(TimeSpan.FromMilliseconds(random.Next(0, 40)));
            var isAdopted = random.Next(4) > 0;
            var running = schedules[started].Started(now);
            now = UtcMicros.From(_clock.GetUtcNow());
            _queue.Finished(new DeviceId(started), steps: isAdopted ? 30 : 50, isAdopted);
            // A failure's rest doubles each time; only the first is modelled, so a failed device is let succeed next.
            schedules[started] = isAdopted ? running.Finished(now, 30) : running.Failed(now, 50);
            if (!isAdopted)
                Settle(started, schedules);
        }
    }

    private void Settle(int device, Dictionary<int, Core.Devices.RefoldSchedule> schedules)
    {
        while (true)
        {
            var due = schedules.Values.Min(schedule => schedule.DueAt?.Value) ?? throw new InvalidOperationException("It has failed, so it is due.");
            var now = UtcMicros.From(_clock.GetUtcNow());
            if (due > now.Value)
                _clock.Advance(new TimeSpan((due - now.Value) * TimeSpan.TicksPerMicrosecond));
            now = UtcMicros.From(_clock.GetUtcNow());
            var turn = _queue.TryStart(out _) ?? throw new InvalidOperationException("One is due.");
            _queue.Finished(turn.Device, steps: 30, isAdopted: true);
            schedules[turn.Device.Value] = schedules[turn.Device.Value].Started(now).Finished(now, 30);
            if (turn.Device.Value == device)
                return;
        }
    }
}
