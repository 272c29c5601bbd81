using FieldCrm.Core;

namespace FieldCrm.Silo.DueTimes;

/// <summary>Asks the owner of a due time again: usually a call to a grain, whose decider gets <c>now</c>.</summary>
public interface IDueHandler
{
    /// <summary>The row's <c>kind</c>; one handler a kind.</summary>
    string Kind { get; }

    /// <summary>
    /// A row is a lower bound, so a firing may come early: the owner answers with <see cref="DueSql.MoveTo"/> or
    /// <see cref="DueSql.Clear"/> in the commit of what it decided. It must do one of both: firing has moved the row
    /// by the retry interval, so what it remembers of the row is no longer true. Any exception: asked again later.
    /// </summary>
    Task HandleAsync(DueFiring firing, CancellationToken cancellationToken);
}

/// <param name="Subject">The owner's number: a device id for <c>device.*</c>.</param>
/// <param name="DueAt">When the row was due.</param>
public readonly record struct DueFiring(string Kind, long Subject, TenantId Tenant, UtcMicros DueAt, UtcMicros Now);
