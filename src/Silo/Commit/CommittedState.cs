using FieldCrm.Silo.Feed;

namespace FieldCrm.Silo.Commit;

/// <summary>
/// What a grain without fixes knows of itself: what a known commit made it, or nothing. Loaded when it is asked for, and again
/// after whatever went otherwise.
/// </summary>
/// <param name="laneKey">All commits of one grain have the same, so that they are in order.</param>
internal sealed class CommittedState<T>(ICommitLanes lanes, FeedSignal feed, long laneKey)
    where T : class
{
    /// <summary>
    /// How often a decision is made again after a conflict: somebody else was faster, another activation or another grain, and
    /// what it wrote decides the next attempt.
    /// </summary>
    public const int MaxAttempts = 4;

    private T? _known;

    /// <param name="read">Null when there is no such thing; then it is asked for anew each time.</param>
    public async Task<T?> LoadedAsync(Core.TenantId tenant, Func<Task<T?>> read)
    {
        if (_known is not null)
            return _known;
        await lanes.CommitAsync(laneKey, CommitUnit.Barrier(tenant)); // our last commit may still be under way
        return _known = await read();
    }

    /// <summary>Commits a unit, which must have no fixes, and then knows what it makes.</summary>
    /// <returns>False on a conflict before the last attempt. Whatever else goes wrong is thrown, and nothing is known any more.</returns>
    public async Task<bool> TryCommitAsync(CommitUnit unit, T next, int attempt)
    {
        _known = null;
        try
        {
            await lanes.CommitAsync(laneKey, unit);
        }
        catch (CommitConflictException) when (attempt < MaxAttempts)
        {
            return false;
        }
        if (!unit.Events.IsEmpty)
            feed.Raise(unit.Tenant);
        _known = next;
        return true;
    }
}
