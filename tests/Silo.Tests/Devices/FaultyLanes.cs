using FieldCrm.Silo.Commit;
using Microsoft.Extensions.DependencyInjection;

namespace FieldCrm.Silo.Tests.Devices;

/// <summary>The real lanes, in front of which a test can make commits fail, or lose the answer to them.</summary>
internal sealed class FaultyLanes(CommitLanes lanes) : ICommitLanes, IAsyncDisposable
{
    /// <summary>Asked before each commit but barriers: what to do instead of it. Null: commit.</summary>
    public Func<CommitUnit, Exception?> Before { get; set; } = _ => null;

    /// <summary>Asked after each commit: what the grain hears instead of its outcome. Null: the outcome.</summary>
    public Func<CommitUnit, Exception?> After { get; set; } = _ => null;

    /// <summary>Every commit waits for it first.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public static void Put(IServiceCollection services)
    {
        services.AddSingleton<FaultyLanes>(provider => new FaultyLanes(ActivatorUtilities.CreateInstance<CommitLanes>(provider)));
        services.AddSingleton<ICommitLanes>(provider => provider.GetRequiredService<FaultyLanes>());
    }

    public async Task<CommitOutcome> CommitAsync(long laneKey, CommitUnit unit)
    {
        await Gate;
        if (unit.IsBarrier)
            return await lanes.CommitAsync(laneKey, unit);
        if (Before(unit) is { } before)
            throw before;
        var outcome = await lanes.CommitAsync(laneKey, unit);
        return After(unit) is { } after ? throw after : outcome;
    }

    public ValueTask DisposeAsync() => lanes.DisposeAsync();
}
