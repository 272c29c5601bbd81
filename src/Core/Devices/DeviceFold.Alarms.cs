namespace FieldCrm.Core.Devices;

// A device's own alarm is always raised, even at a position nobody believes: a lost SOS costs lives. The payload says
// what is wrong with the position; when the fix is reinstated the same event is emitted again without the mark.
public sealed partial class DeviceFold
{
    private AlarmTimes _alarmedAt; // µs of the last fix with each kind; 0 (never a real alarm's time) for none

    private FoldFix RaiseAlarm(in FoldFix fix, AlarmKind alarm, FixMark mark, FoldOutput output)
    {
        if (alarm == AlarmKind.None)
            return fix;
        var kind = (int)alarm < AlarmTimes.KindCount ? alarm : AlarmKind.Other;
        var last = _alarmedAt[(int)kind];
        _alarmedAt[(int)kind] = fix.Key.FixedAt.Value;
        if (last != 0 && ElapsedMicros(new FixKey(new UtcMicros(last), 0), fix.Key) <= FoldLimits.AlarmJoinMicros)
            return fix;
        var raised = fix with { RaisedAlarm = kind };
        output.Events.Add(Alarm(raised, mark, fix.Key));
        return raised;
    }

    private void CorrectAlarm(in FoldFix fix, FoldOutput output)
    {
        if (fix.RaisedAlarm != AlarmKind.None && LastKey is { } emittedAt)
            output.Events.Add(Alarm(fix, FixMark.None, emittedAt));
    }

    private NetEvent Alarm(in FoldFix fix, FixMark mark, FixKey emittedAt)
    {
        var last = mark == FixMark.None ? null : LastPlausible;
        var payload = new AlarmRaisedPayload(
            fix.RaisedAlarm, fix.Key.FixedAt.Value, fix.Position.LatitudeE7, fix.Position.LongitudeE7, fix.AccuracyMm, mark,
            last?.Key.FixedAt.Value, last?.Position.LatitudeE7, last?.Position.LongitudeE7);
        return new NetEvent(
            NetEvent.IdOf(Device, NetEventKind.AlarmRaised, fix.Key), NetEventKind.AlarmRaised, fix.Key, emittedAt,
            NetEventPayloads.Json(payload));
    }
}
