using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Polly;
using Polly.Retry;

namespace FieldCrm.Silo.Commit;

/// <summary>Takes the incarnation before anything else of the silo starts; waits for a database that is still coming up.</summary>
internal sealed partial class IncarnationStart(Incarnation incarnation, ILogger<IncarnationStart> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var retry = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<NpgsqlException>(e => e.IsTransient || e is not PostgresException),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromMilliseconds(50),
                MaxDelay = TimeSpan.FromSeconds(1),
            })
            .Build();
        await retry.ExecuteAsync(async token => await incarnation.TakeAsync(token), cancellationToken);
        LogTaken(incarnation.Number);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1010, LogLevel.Information, "This silo is incarnation {Incarnation}")]
    private partial void LogTaken(long incarnation);
}
