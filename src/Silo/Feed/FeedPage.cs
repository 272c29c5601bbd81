using System.Collections.Immutable;
using FieldCrm.Core;

namespace FieldCrm.Silo.Feed;

/// <summary>One event as the feed hands it out.</summary>
/// <param name="Position">The token of a reader that has read up to and including this event.</param>
/// <param name="Payload">JSON; null when it was erased.</param>
public sealed record FeedEvent(
    FeedToken Position, string Stream, long Version, string Type, UtcMicros RecordedAt, string? Payload);

/// <param name="Next">Resume here. Every later event will be read, none twice.</param>
/// <param name="HasMore">The page was full: read on at once.</param>
/// <param name="SnapshotRequired">
/// The token was none, of another life of the database, or of none of ours: read the read models now (after this
/// answer, never before), then follow from <paramref name="Next"/>. Events of the meantime come again; none is missed.
/// </param>
public sealed record FeedPage(
    ImmutableArray<FeedEvent> Events, FeedToken Next, bool HasMore, bool SnapshotRequired);
