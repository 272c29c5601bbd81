using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using FieldCrm.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FieldCrm.Silo.Feed;

public sealed class FeedLagOptions
{
    /// <summary>Pause between two looks. Default 1 s, 100 ms–1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Lag from which it is said aloud, naming the writer. Default 5 s, 100 ms–10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan WarnAfter { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>The transaction that holds the feed and the sealer back; of any role and database of the cluster.</summary>
/// <param name="Pid">PostgreSQL's process; 0 for a prepared transaction.</param>
public readonly record struct OldestWriter(int Pid, string Application, TimeSpan Age);

/// <summary>
/// How far the feed is behind: the age of the oldest transaction that has written, as gauge
/// <c>fieldcrm.feed.lag</c> (s). One that stays open holds back every reader, so it is named.
/// </summary>
public sealed partial class FeedLagMonitor : BackgroundService
{
    public const string MeterName = "FieldCrm.Feed";

    /// <summary>The same writer is named again only after this long: a log is not a metronome.</summary>
    private static readonly TimeSpan RepeatAfter = TimeSpan.FromSeconds(30);

    private readonly Meter _meter = new(MeterName);
    private readonly FieldCrmDatabase _database;
    private readonly FeedLagOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<FeedLagMonitor> _logger;
    private (int Pid, DateTimeOffset At) _warned;
    private OldestWriter? _oldest;

    public FeedLagMonitor(
        FieldCrmDatabase database, IOptions<FeedLagOptions> options, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time,
        ILogger<FeedLagMonitor> logger)
    {
        (_database, _options, _time, _logger) = (database, options.Value, time, logger);
        _meter.CreateObservableGauge("fieldcrm.feed.lag", Measure, "s", "Age of the oldest transaction that has written");
    }

    /// <summary>Asks once.</summary>
    /// <returns>Null when nobody is writing.</returns>
    public async Task<OldestWriter?> LookAsync(CancellationToken cancellationToken)
    {
        await using var command = _database.Silo.CreateCommand("SELECT pid, application, age_ms FROM oldest_writer()");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        _oldest = await reader.ReadAsync(cancellationToken)
            ? new OldestWriter(reader.GetInt32(0), reader.GetString(1), TimeSpan.FromMilliseconds(reader.GetInt64(2)))
            : null;
        if (_oldest is { } oldest && oldest.Age > _options.WarnAfter)
            Warn(oldest);
        return _oldest;
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_options.Interval, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                LogUnknown(_logger, e);
            }
        }
    }

    private void Warn(OldestWriter oldest)
    {
        var now = _time.GetUtcNow();
        if (_warned.Pid == oldest.Pid && now - _warned.At < RepeatAfter)
            return;
        _warned = (oldest.Pid, now);
        LogLag(_logger, oldest.Age.TotalSeconds, oldest.Pid, oldest.Application);
    }

    // Tags only while there is something to name: each new value of a tag is a new series.
    private Measurement<double> Measure() => _oldest switch
    {
        null => new Measurement<double>(0),
        { } writer when writer.Age <= _options.WarnAfter => new Measurement<double>(writer.Age.TotalSeconds),
        { } writer => new Measurement<double>(
            writer.Age.TotalSeconds, new("pid", writer.Pid), new("application", writer.Application)),
    };

    [LoggerMessage(4200, LogLevel.Warning, "The event feed is {AgeSeconds:F1} s behind: PostgreSQL process {Pid} ({Application}) holds a transaction open that has written")]
    private static partial void LogLag(ILogger logger, double ageSeconds, int pid, string application);

    [LoggerMessage(4201, LogLevel.Warning, "The event feed's lag could not be read")]
    private static partial void LogUnknown(ILogger logger, Exception exception);
}
