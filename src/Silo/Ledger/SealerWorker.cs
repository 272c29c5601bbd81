using FieldCrm.Silo.Commit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FieldCrm.Silo.Ledger;

/// <summary>Seals on its interval, outside every commit's path.</summary>
public sealed partial class SealerWorker(
    Sealer sealer, Incarnation incarnation, IOptions<SealerOptions> options,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<SealerWorker> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var seals = await sealer.SealAsync(incarnation.Number, stoppingToken);
                if (seals > 0)
                    LogSealed(logger, seals);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(logger, e); // nothing is lost: the next round seals what this one did not
            }
        }
    }

    [LoggerMessage(4100, LogLevel.Debug, "{Seals} seals written")]
    private static partial void LogSealed(ILogger logger, int seals);

    [LoggerMessage(4101, LogLevel.Warning, "The ledger could not be sealed; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
