using System.Collections.Frozen;
using FieldCrm.Core;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Workers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FieldCrm.Silo.DueTimes;

/// <summary>
/// Asks the owners of due rows again. Claiming moves a row by the retry interval in the same statement, so that a
/// failing owner neither makes this spin nor keeps later rows from their turn, and two silos do not ask twice. The
/// owner's own commit then moves the row to where it belongs, or deletes it.
/// </summary>
public sealed partial class DueTimesWorker : BackgroundService
{
    private readonly FieldCrmDatabase _database;
    private readonly FrozenDictionary<string, IDueHandler> _handlers;
    private readonly DueTimesOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<DueTimesWorker> _logger;
    private readonly BoundedWork _firings;

    public DueTimesWorker(
        FieldCrmDatabase database, IEnumerable<IDueHandler> handlers, IOptions<DueTimesOptions> options,
        [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<DueTimesWorker> logger)
    {
        _handlers = handlers.ToFrozenDictionary(h => h.Kind, StringComparer.Ordinal);
        (_database, _options, _time, _logger) = (database, options.Value, time, logger);
        _firings = new BoundedWork(_options.MaxConcurrency);
    }

    public override void Dispose()
    {
        _firings.Dispose();
        base.Dispose();
    }

    /// <summary>Fires what is due and waits for the owners.</summary>
    internal Task<int> RunOnceAsync(CancellationToken cancellationToken) => _firings.RunOnceAsync(FireAsync, cancellationToken);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _firings.KeepFullAsync(
        FireAsync, pause => Task.Delay(_options.PollInterval, _time, pause), e => LogUnavailable(_logger, e), stoppingToken);

    private async Task<int> FireAsync(int room, CancellationToken cancellationToken)
    {
        var due = await ClaimAsync(room, _time.GetUtcNow(), cancellationToken);
        foreach (var firing in due)
            _firings.Start(() => FireAsync(firing));
        return due.Count;
    }

    private async Task<List<DueFiring>> ClaimAsync(int limit, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = _database.Work.CreateCommand("""
            WITH claimed AS (
                SELECT kind, subject, due_at FROM due WHERE due_at <= $1
                ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
            UPDATE due SET due_at = $2 FROM claimed
            WHERE due.kind = claimed.kind AND due.subject = claimed.subject
            RETURNING due.kind, due.subject, due.tenant_id, claimed.due_at
            """);
        command.Parameters.AddWithValue(now);
        command.Parameters.AddWithValue(now + _options.RetryAfter);
        command.Parameters.AddWithValue(limit);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var claimed = new List<DueFiring>(limit);
        while (await reader.ReadAsync(cancellationToken))
        {
            claimed.Add(new DueFiring(
                reader.GetString(0), reader.GetInt64(1), new TenantId(reader.GetInt32(2)),
                UtcMicros.From(reader.GetFieldValue<DateTimeOffset>(3)), UtcMicros.From(now)));
        }
        return claimed;
    }

    private async Task FireAsync(DueFiring firing)
    {
        if (!_handlers.TryGetValue(firing.Kind, out var handler))
        {
            LogNoHandler(_logger, firing.Kind, firing.Subject);
            return;
        }
        using var timeout = new CancellationTokenSource(_options.HandlerTimeout, _time);
        try
        {
            await handler.HandleAsync(firing, timeout.Token).WaitAsync(timeout.Token);
        }
#pragma warning disable CA1031 // whatever an owner throws, the others' times go on
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(_logger, firing.Kind, firing.Subject, e);
        }
    }

    [LoggerMessage(4400, LogLevel.Warning, "Due times could not be read; they are asked for again")]
    private static partial void LogUnavailable(ILogger logger, Exception exception);

    [LoggerMessage(4401, LogLevel.Error, "No handler for due time {Kind} of {Subject}")]
    private static partial void LogNoHandler(ILogger logger, string kind, long subject);

    [LoggerMessage(4402, LogLevel.Warning, "Due time {Kind} of {Subject} was not handled; it comes again")]
    private static partial void LogFailed(ILogger logger, string kind, long subject, Exception exception);
}
