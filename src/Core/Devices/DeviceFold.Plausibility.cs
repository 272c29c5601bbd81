using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Devices;

// Which fixes are believed. A jump from the last believed fix is marked; three fixes in a row that are marked for it
// but agree with one another show that the device really is there: all three are believed and it goes on from them.
// The same rule heals a first fix that was wrong. Invalid and null-island fixes never vote and break no row.
public sealed partial class DeviceFold
{
    // Fixes marked Teleport in a row, each in reach of the one before; the third reinstates them.
    private FoldFix _candidate1;
    private FoldFix _candidate2;
    private int _candidates;

    private FixMark Judge(in FoldFix fix, bool isUsable, out bool isReinstating)
    {
        isReinstating = false;
        if (!isUsable)
            return FixMark.DeclaredInvalid;
        if (IsNullIsland(fix.Position))
            return FixMark.NullIsland;
        if (LastPlausible is not { } last || IsInReach(last, fix))
            return FixMark.None;
        if (_candidates == FoldLimits.AgreeingFixes - 1 && IsInReach(_candidate2, fix))
        {
            isReinstating = true;
            return FixMark.None;
        }
        return FixMark.Teleport;
    }

    private bool IsNullIsland(GeoPoint position) =>
        IsAround(position, FoldLimits.NullIslandE7)
        && !(LastPlausible is { } last && IsAround(last.Position, FoldLimits.NullIslandReachE7));

    private static bool IsAround(GeoPoint position, int halfSideE7) =>
        Math.Abs(position.LatitudeE7) < halfSideE7 && Math.Abs(position.LongitudeE7) < halfSideE7;

    private static bool IsInReach(in FoldFix from, in FoldFix to)
    {
        var elapsed = ElapsedMicros(from.Key, to.Key);
        if (elapsed >= FoldLimits.AnywhereAfterMicros)
            return true;
        var allowed = elapsed * FoldLimits.MaxSpeedMmps / UtcMicros.PerSecond
            + FoldLimits.JumpSlackMm + Allowance(from.AccuracyMm) + Allowance(to.AccuracyMm);
        return GeoDistance.UpperBoundMm(from.Position, to.Position) <= allowed // nearly always, and cheaper
            || GeoDistance.Mm(from.Position, to.Position) <= allowed;
    }

    private static long Allowance(int? accuracyMm) =>
        Math.Min(accuracyMm ?? FoldLimits.AssumedAccuracyMm, FoldLimits.MaxAccuracyAllowanceMm);

    // Acts on the judgement: keeps candidates, says what changed, and hands what is believed on to motion.
    private void Settle(in FoldFix fix, FixMark mark, bool isReinstating, FoldOutput output)
    {
        if (mark != FixMark.None)
        {
            output.Marks.Add(new MarkChange(fix.Key, mark));
            if (mark == FixMark.Teleport)
                Doubt(fix);
            return;
        }
        if (isReinstating)
        {
            BreakOff(TripEnd.Jump, output);
            Reinstate(_candidate1, output);
            Reinstate(_candidate2, output);
        }
        _candidates = 0;
        Believe(fix, output);
    }

    private void Doubt(in FoldFix fix)
    {
        if (_candidates == 1 && IsInReach(_candidate1, fix))
        {
            _candidate2 = fix;
            _candidates = 2;
            return;
        }
        _candidate1 = fix; // disagrees with the ones before: they stay marked for good
        _candidates = 1;
    }

    private void Reinstate(in FoldFix fix, FoldOutput output)
    {
        output.Marks.Add(new MarkChange(fix.Key, FixMark.None));
        CorrectAlarm(fix, output);
        Believe(fix, output);
    }

    private void Believe(in FoldFix fix, FoldOutput output)
    {
        LastPlausible = fix;
        Move(fix, output);
    }

    /// <summary>
    /// What of the past this state may still change: the marks and alarms of its candidates, as they stand. A refold
    /// that starts here states them first, so that what was changed after this point can be put back.
    /// </summary>
    internal void StateOpen(FoldOutput output)
    {
        if (_candidates > 0)
            StateOpen(_candidate1, output);
        if (_candidates > 1)
            StateOpen(_candidate2, output);
    }

    private void StateOpen(in FoldFix candidate, FoldOutput output)
    {
        output.Marks.Add(new MarkChange(candidate.Key, FixMark.Teleport));
        if (candidate.RaisedAlarm != AlarmKind.None)
            output.Events.Add(Alarm(candidate, FixMark.Teleport, candidate.Key));
    }
}
