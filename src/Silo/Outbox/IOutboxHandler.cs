using FieldCrm.Core;

namespace FieldCrm.Silo.Outbox;

/// <summary>Delivers the messages of one kind. Called at least once a message, so it must be idempotent by id.</summary>
public interface IOutboxHandler
{
    /// <summary><see cref="Commit.OutboxMessage.Kind"/>; one handler a kind.</summary>
    string Kind { get; }

    /// <summary>
    /// Whether a message may be given up after <see cref="OutboxOptions.MaxAttempts"/>. False from one grain to another:
    /// there is nobody out there who could be gone for good.
    /// </summary>
    bool MayGiveUp => true;

    /// <summary>Returns when the message has arrived for good. Any exception: tried again later.</summary>
    Task DeliverAsync(OutboxDelivery delivery, CancellationToken cancellationToken);
}

/// <param name="Id">The same at every attempt.</param>
/// <param name="Attempt">1 at first; attempts that a crash cut short count.</param>
/// <param name="Payload">JSON as the grain wrote it.</param>
public sealed record OutboxDelivery(
    Guid Id, TenantId Tenant, string Kind, string Target, string Payload, UtcMicros CreatedAt, int Attempt);

/// <summary>
/// A delivery that failed for a reason worth storing: <paramref name="reason"/> goes into <c>last_error</c>, so it
/// must hold no secret and no personal data. Of any other exception only the type's name is stored.
/// </summary>
public sealed class OutboxDeliveryException(string reason, Exception? inner = null) : Exception(reason, inner);
