using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Workers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FieldCrm.Silo.Outbox;

/// <summary>
/// Delivers what was committed to the outbox, at least once a message and in no particular order. A process that
/// dies between delivering and marking leaves a message that comes again with the same id.
/// </summary>
public sealed partial class OutboxDispatcher : BackgroundService
{
    public const string MeterName = "FieldCrm.Outbox";

    /// <summary>Longest <c>last_error</c>, in characters.</summary>
    internal const int MaxErrorLength = 300;

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> Delivered = Meter.CreateCounter<long>("fieldcrm.outbox.delivered", "{message}");
    private static readonly Counter<long> Failed = Meter.CreateCounter<long>("fieldcrm.outbox.failed_attempts", "{attempt}");
    private static readonly Counter<long> GivenUp = Meter.CreateCounter<long>("fieldcrm.outbox.given_up", "{message}");

    private readonly OutboxStore _store;
    private readonly FrozenDictionary<string, IOutboxHandler> _handlers;
    private readonly OutboxSignal _signal;
    private readonly OutboxOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<OutboxDispatcher> _logger;
    private readonly BoundedWork _deliveries;

    public OutboxDispatcher(
        FieldCrmDatabase database, IEnumerable<IOutboxHandler> handlers, OutboxSignal signal,
        IOptions<OutboxOptions> options, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time,
        ILogger<OutboxDispatcher> logger)
    {
        _store = new OutboxStore(database);
        _handlers = handlers.ToFrozenDictionary(h => h.Kind, StringComparer.Ordinal);
        (_signal, _options, _time, _logger) = (signal, options.Value, time, logger);
        _deliveries = new BoundedWork(_options.MaxConcurrency);
    }

    public override void Dispose()
    {
        _deliveries.Dispose();
        base.Dispose();
    }

    /// <summary>Claims what is due and waits for its outcome.</summary>
    internal Task<int> RunOnceAsync(CancellationToken cancellationToken) => _deliveries.RunOnceAsync(ClaimAsync, cancellationToken);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _deliveries.KeepFullAsync(
        ClaimAsync, pause => _signal.WaitAsync(_options.PollInterval, _time, pause), e => LogQueueUnavailable(_logger, e), stoppingToken);

    private async Task<int> ClaimAsync(int room, CancellationToken cancellationToken)
    {
        var claimed = await _store.ClaimAsync(room, _time.GetUtcNow(), _options.Lease, cancellationToken);
        foreach (var delivery in claimed)
            _deliveries.Start(() => DeliverAsync(delivery));
        return claimed.Count;
    }

    private async Task DeliverAsync(OutboxDelivery delivery)
    {
        try
        {
            // A stopping process lets the delivery end; the timeout bounds it.
            using var timeout = new CancellationTokenSource(_options.DeliveryTimeout, _time);
            var error = await TryDeliverAsync(delivery, timeout.Token);
            if (error is null)
            {
                await _store.DeliveredAsync(delivery, _time.GetUtcNow(), CancellationToken.None);
                Delivered.Add(1, new KeyValuePair<string, object?>("kind", delivery.Kind));
            }
            else
            {
                await FailAsync(delivery, error);
            }
        }
        catch (NpgsqlException e)
        {
            LogNotMarked(_logger, delivery.Id, e); // the lease runs out and the message comes again
        }
    }

    /// <returns>Why it failed; null when it was delivered.</returns>
    private async Task<string?> TryDeliverAsync(OutboxDelivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.Attempt > _options.MaxAttempts && MayGiveUp(delivery))
            return "the process ended during each attempt";
        if (!_handlers.TryGetValue(delivery.Kind, out var handler))
            return "no handler of this kind";
        try
        {
            await handler.DeliverAsync(delivery, cancellationToken).WaitAsync(cancellationToken);
            return null;
        }
        catch (OutboxDeliveryException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return "timed out";
        }
#pragma warning disable CA1031 // whatever a handler throws, the queue goes on; a message's text may hold secrets
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogHandlerFailed(_logger, delivery.Id, delivery.Kind, e);
            return e.GetType().Name;
        }
    }

    private bool MayGiveUp(OutboxDelivery delivery) =>
        !_handlers.TryGetValue(delivery.Kind, out var handler) || handler.MayGiveUp;

    private async Task FailAsync(OutboxDelivery delivery, string error)
    {
        error = error.Length <= MaxErrorLength ? error : error[..MaxErrorLength];
        Failed.Add(1, new KeyValuePair<string, object?>("kind", delivery.Kind));
        var now = _time.GetUtcNow();
        if (delivery.Attempt < _options.MaxAttempts || !MayGiveUp(delivery))
        {
            await _store.RetryAsync(delivery, now + _options.RetryAfter(delivery.Attempt), error, CancellationToken.None);
            return;
        }
        await _store.GivenUpAsync(delivery, now, error, CancellationToken.None);
        GivenUp.Add(1, new KeyValuePair<string, object?>("kind", delivery.Kind));
        LogGivenUp(_logger, delivery.Id, delivery.Kind, delivery.Tenant.Value, delivery.Attempt, error);
    }

    [LoggerMessage(4300, LogLevel.Warning, "The outbox could not be read; it is asked again")]
    private static partial void LogQueueUnavailable(ILogger logger, Exception exception);

    [LoggerMessage(4301, LogLevel.Warning, "The outcome of message {MessageId} could not be stored; it will come again")]
    private static partial void LogNotMarked(ILogger logger, Guid messageId, Exception exception);

    [LoggerMessage(4302, LogLevel.Warning, "Message {MessageId} of kind {Kind} was not delivered")]
    private static partial void LogHandlerFailed(ILogger logger, Guid messageId, string kind, Exception exception);

    [LoggerMessage(4303, LogLevel.Error, "Message {MessageId} of kind {Kind} of tenant {TenantId} is given up after {Attempts} attempts: {Reason}")]
    private static partial void LogGivenUp(
        ILogger logger, Guid messageId, string kind, int tenantId, int attempts, string reason);
}
