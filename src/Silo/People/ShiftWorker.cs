using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Commit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FieldCrm.Silo.People;

/// <summary>
/// Ends shifts that nobody ended, and those of disabled users where the grain of the tenant could not. None of them counts
/// any longer even while this is not running; this says so.
/// </summary>
internal sealed partial class ShiftWorker(
    PersonReader reader, IGrainFactory grains, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<ShiftWorker> logger)
    : BackgroundService
{
    // Of one round; the others follow in the next.
    private const int MaxAtOnce = 100;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await RunOnceAsync(stoppingToken);
    }

    internal async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var startedBefore = UtcMicros.From(time.GetUtcNow()).Minus(Shift.MaxLength);
        IReadOnlyList<(Guid Person, PersonCommand End)> people = [];
        await TryAsync(async () => people = await reader.OverdueAsync(startedBefore, MaxAtOnce, cancellationToken));
        foreach (var (person, end) in people) // each for itself: one that cannot be ended keeps nobody else on shift
            await TryAsync(() => grains.GetGrain<IPersonGrain>(person).DecideAsync(end, Actor.System).WaitAsync(cancellationToken));
    }

    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or CommitUnavailableException or CommitOutcomeUnknownException
            or CommitConflictException or Orleans.Runtime.OrleansException)
        {
            LogFailed(e.GetType().Name);
        }
    }

    [LoggerMessage(2611, LogLevel.Warning, "Shifts that are over could not be ended ({Exception}); they are tried again")]
    private partial void LogFailed(string exception);
}
