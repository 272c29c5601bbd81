namespace FieldCrm.Core.Tracks;

/// <summary>
/// Writes a track piece by piece into a stream that the caller empties between calls: nothing here grows with the
/// length of a track. Call <see cref="Begin"/>, <see cref="Write"/> for each fix in order, <see cref="End"/>.
/// </summary>
public interface ITrackFormat : IDisposable
{
    void Begin(TrackHead head);

    void Write(in TrackFix fix);

    void End(TrackTail tail);
}

/// <param name="DeviceName">Goes into the document where its format has a place for it.</param>
public sealed record TrackHead(string DeviceId, string DeviceName);

/// <param name="Next">Where the rest of the track is, for a page that is not the last; null for the end.</param>
public sealed record TrackTail(string? Next);
