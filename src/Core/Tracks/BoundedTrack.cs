namespace FieldCrm.Core.Tracks;

/// <summary>
/// A simplified track of no more than some points: where a zoom keeps too many, the kept ones are simplified again for one that is
/// further out. Memory stays at twice the bound however long the track.
/// </summary>
public sealed class BoundedTrack(int maxPoints, int zoom)
{
    private TrackSimplifier _simplifier = new(zoom);
    private List<TrackFix> _kept = [];

    /// <summary>What the points are good for: a map at this zoom shows no difference.</summary>
    public int Zoom { get; private set; } = zoom;

    public void Add(in TrackFix fix)
    {
        _simplifier.Add(fix, _kept);
        if (_kept.Count > maxPoints * 2)
            Coarsen();
    }

    public IReadOnlyList<TrackFix> Finish()
    {
        _simplifier.Finish(_kept);
        while (_kept.Count > maxPoints && Zoom > 0)
            Coarsen();
        // Alarms and ends of gaps are kept at every zoom: of a track of nothing else, some at equal distances.
        if (_kept.Count > maxPoints)
            _kept = [.. Enumerable.Range(0, maxPoints).Select(i => _kept[(int)((long)i * (_kept.Count - 1) / (maxPoints - 1))])];
        return _kept;
    }

    private void Coarsen()
    {
        if (Zoom == 0)
            return;
        Zoom--;
        _simplifier.Finish(_kept);
        var coarser = new TrackSimplifier(Zoom);
        var kept = new List<TrackFix>(_kept.Count);
        foreach (var fix in _kept)
            coarser.Add(fix, kept);
        (_simplifier, _kept) = (coarser, kept);
    }
}
