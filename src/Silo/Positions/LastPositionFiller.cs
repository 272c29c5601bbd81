using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FieldCrm.Silo.Positions;

/// <summary>
/// Fills <see cref="LastPositions"/> from the store in the background of a start, while grains already write what
/// comes in: what they say stays. A database that goes away is asked again from where it stopped.
/// </summary>
internal sealed partial class LastPositionFiller(
    StoredPositions stored, LastPositions positions, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock,
    ILogger<LastPositionFiller> log)
    : BackgroundService
{
    // One statement's work stays far below the statement timeout; progress shows between them.
    private const int PageDevices = 5_000;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var began = clock.GetTimestamp();
        var after = int.MinValue;
        while (true)
        {
            try
            {
                var page = await stored.PageAsync(after, PageDevices, stoppingToken);
                foreach (var found in page)
                    positions.Fill(found.Tenant, found.Device, found.Sighting, found.Marks, found.IsDisabled);
                if (page.Count < PageDevices)
                    break;
                after = page[^1].Device.Value;
                LogProgress(positions.FilledDevices);
            }
            catch (NpgsqlException e) when (!stoppingToken.IsCancellationRequested)
            {
                LogRetry(e);
                await Task.Delay(RetryAfter, clock, stoppingToken);
            }
        }
        positions.FillDone();
        LogFilled(positions.FilledDevices, positions.Count, (long)clock.GetElapsedTime(began).TotalMilliseconds);
    }

    [LoggerMessage(1301, LogLevel.Information, "Last positions: {Devices} devices looked at")]
    private partial void LogProgress(long devices);

    [LoggerMessage(1302, LogLevel.Information, "Last positions filled: {Devices} devices, {Positions} with a position, {Milliseconds} ms")]
    private partial void LogFilled(long devices, int positions, long milliseconds);

    [LoggerMessage(1303, LogLevel.Warning, "Last positions: the database cannot be read, trying again")]
    private partial void LogRetry(Exception exception);
}
