using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tests.Devices;

/// <summary>
/// Says what a device's fixes come to, written a second time from the rules and in another shape: all fixes at once,
/// sorted, several passes, looking ahead instead of remembering. It shares with the product only the distance
/// between two points (proved on its own), the derivation of ids and the types of the answer.
/// </summary>
internal sealed class NaiveOracle
{
    public sealed class Believed(int index, int emittedAt, bool isAfterJump)
    {
        public readonly int Index = index;
        public readonly int EmittedAt = emittedAt;
        public readonly bool IsAfterJump = isAfterJump;
    }

    private readonly DeviceId _device;

    public readonly Fix[] Fixes;
    public readonly FixMark[] Marks;
    public readonly List<Believed> Track = [];
    public readonly List<int> Open = [];
    public readonly List<NetEvent> Events = [];
    private readonly int[] _judgedAt;
    private readonly int[] _anchorThen;

    public NaiveOracle(DeviceId device, IEnumerable<Fix> fixes)
    {
        _device = device;
        Fixes = [.. fixes.DistinctBy(f => f.Key).OrderBy(f => f.FixedAt.Value).ThenBy(f => f.ContentHash)];
        Marks = new FixMark[Fixes.Length];
        _judgedAt = [.. Enumerable.Range(0, Fixes.Length)];
        _anchorThen = new int[Fixes.Length];
        FindTrack();
        FindAlarms();
        Motion = new NaiveMotion(this);
        Motion.Run();
        State = NaiveState.Write(this);
    }

    public NaiveMotion Motion { get; }

    public byte[] State { get; }

    public DeviceId Device => _device;

    public Dictionary<Guid, NetEvent> Net => Events.ToDictionary(e => e.Id);

    public Dictionary<FixKey, FixMark> MarkedFixes =>
        Enumerable.Range(0, Fixes.Length).Where(i => Marks[i] != FixMark.None).ToDictionary(i => Fixes[i].Key, i => Marks[i]);

    public decimal SecondsBetween(int from, int to) =>
        ((decimal)Fixes[to].FixedAt.Value - Fixes[from].FixedAt.Value) / 1_000_000m;

    /// <summary>The kind raised by each fix that raises one: later ones within 60 s of the one before are the same alarm.</summary>
    public Dictionary<int, AlarmKind> Raised { get; } = [];

    public Dictionary<AlarmKind, long> LastAlarms { get; } = [];

    // A fix that can be judged, and is not a null island seen from the anchor, votes.
    private bool Votes(int index, int anchor)
    {
        var fix = Fixes[index];
        if (fix.IsDeclaredInvalid || Math.Abs(fix.Position.LatitudeDeg) > 90 || Math.Abs(fix.Position.LongitudeDeg) > 180)
        {
            Marks[index] = FixMark.DeclaredInvalid;
            return false;
        }
        var isComingFromNear = anchor >= 0 && IsWithinDegrees(anchor, 0.05m);
        if (IsWithinDegrees(index, 0.01m) && !isComingFromNear)
        {
            Marks[index] = FixMark.NullIsland;
            return false;
        }
        return true;
    }

    private bool IsWithinDegrees(int index, decimal degrees) =>
        Math.Abs(Fixes[index].Position.LatitudeE7 / 10_000_000m) < degrees
        && Math.Abs(Fixes[index].Position.LongitudeE7 / 10_000_000m) < degrees;

    private bool Reaches(int from, int to)
    {
        var seconds = SecondsBetween(from, to);
        if (seconds >= 2 * 24 * 3600)
            return true;
        decimal metres = GeoDistance.Mm(Fixes[from].Position, Fixes[to].Position) / 1000m;
        var allowed = Math.Floor(seconds * 150 * 1000) / 1000 + 200 + AccuracyMetres(from) + AccuracyMetres(to);
        return metres <= allowed;
    }

    private decimal AccuracyMetres(int index) => Math.Min(5_000m, (Fixes[index].AccuracyMm ?? 50_000) / 1000m);

    private void FindTrack()
    {
        var anchor = -1;
        for (var i = 0; i < Fixes.Length; i++)
        {
            _anchorThen[i] = anchor;
            if (!Votes(i, anchor))
                continue;
            if (anchor < 0 || Reaches(anchor, i))
            {
                Track.Add(new Believed(i, i, false));
                anchor = i;
                continue;
            }
            var row = AgreeingRow(i, anchor, out var isOpen);
            if (row.Count < 3)
            {
                Marks[i] = FixMark.Teleport;
                if (isOpen && Open.Count == 0)
                    Open.AddRange(row);
                continue;
            }
            for (var j = i; j <= row[2]; j++)
                _anchorThen[j] = anchor;
            foreach (var j in row)
            {
                Track.Add(new Believed(j, row[2], j == row[0]));
                _judgedAt[j] = row[2];
            }
            anchor = i = row[2];
        }
    }

    // Up to three voting fixes from here on, none in reach of the anchor, each in reach of the one before.
    private List<int> AgreeingRow(int first, int anchor, out bool isOpen)
    {
        List<int> row = [first];
        isOpen = false;
        for (var j = first + 1; j < Fixes.Length && row.Count < 3; j++)
        {
            if (!Votes(j, anchor))
                continue;
            if (Reaches(anchor, j) || !Reaches(row[^1], j))
                return row;
            row.Add(j);
        }
        isOpen = row.Count < 3;
        return row;
    }

    private void FindAlarms()
    {
        foreach (var kind in Enum.GetValues<AlarmKind>().Skip(1))
        {
            var all = Enumerable.Range(0, Fixes.Length).Where(i => KindOf(Fixes[i].Alarm) == kind).ToArray();
            for (var n = 0; n < all.Length; n++)
            {
                if (n == 0 || SecondsBetween(all[n - 1], all[n]) > 60)
                    Raised[all[n]] = kind;
            }
            if (all.Length > 0)
                LastAlarms[kind] = Fixes[all[^1]].FixedAt.Value;
        }
        foreach (var (i, kind) in Raised)
        {
            var fix = Fixes[i];
            var json = $"{{\"alarm\":{(int)kind},\"raisedAtMicros\":{fix.FixedAt.Value}"
                + $",\"latitudeE7\":{fix.Position.LatitudeE7},\"longitudeE7\":{fix.Position.LongitudeE7}"
                + (fix.AccuracyMm is { } accuracy ? $",\"accuracyMm\":{accuracy}" : "")
                + $",\"positionMarked\":{(int)Marks[i]}";
            if (Marks[i] != FixMark.None && _anchorThen[i] >= 0)
            {
                var last = Fixes[_anchorThen[i]];
                json += $",\"lastFixedAtMicros\":{last.FixedAt.Value}"
                    + $",\"lastLatitudeE7\":{last.Position.LatitudeE7},\"lastLongitudeE7\":{last.Position.LongitudeE7}";
            }
            Emit(NetEventKind.AlarmRaised, i, _judgedAt[i], json + "}");
        }
    }

    private static AlarmKind KindOf(AlarmKind alarm) => Enum.IsDefined(alarm) ? alarm : AlarmKind.Other;

    public void Emit(NetEventKind kind, int start, int emittedAt, string json) => Events.Add(new NetEvent(
        NetEvent.IdOf(_device, kind, Fixes[start].Key), kind, Fixes[start].Key, Fixes[emittedAt].Key, json));
}
