namespace FieldCrm.LoadTests.Fleet;

/// <summary>
/// The tracks of a fleet over one UTC day: each device's next fix lies a second after its last, forward for ever.
/// A device is used by one caller at a time.
/// </summary>
internal sealed class TrackSource
{
    private readonly MovingTrack[] _tracks;
    private readonly int[] _seconds;
    private readonly long _dayMicros;
    private int _newestSecond;

    /// <param name="day">In the past, so that no fix comes from the future however fast the fleet is driven.</param>
    public TrackSource(int devices, int seed, DateOnly day)
    {
        _tracks = new MovingTrack[devices];
        _seconds = new int[devices];
        for (var i = 0; i < devices; i++)
            _tracks[i] = new MovingTrack(seed + i);
        _dayMicros = (day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    }

    public int Count => _tracks.Length;

    public long NewestMicros => _dayMicros + Volatile.Read(ref _newestSecond) * MovingTrack.StepMicros;

    /// <exception cref="InvalidOperationException">The device has driven the whole day.</exception>
    public TrackPoint Next(int device)
    {
        var second = _seconds[device]++;
        if (second >= 86_400)
            throw new InvalidOperationException("The day is over: measure for a shorter time, or with more devices.");
        if (second > _newestSecond)
            _newestSecond = second;
        return _tracks[device].Advance(_dayMicros + second * MovingTrack.StepMicros);
    }
}
