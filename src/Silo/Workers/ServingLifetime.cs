using Microsoft.Extensions.Hosting;

namespace FieldCrm.Silo.Workers;

internal static class ServingLifetime
{
    /// <summary>Returns once the host has started: grains can be called only when the silo serves. False when it stops before.</summary>
    public static async Task<bool> IsServingAsync(this IHostApplicationLifetime lifetime, CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onStarted = lifetime.ApplicationStarted.Register(() => started.TrySetResult(true));
        await using var onStopping = stoppingToken.Register(() => started.TrySetResult(false));
        return await started.Task;
    }
}
