using FieldCrm.Core;

namespace FieldCrm.Hub.Health;

/// <summary>
/// Something that must hold before the server takes requests, and while it does. /health/ready asks all that are
/// registered; the supervisor prints its address when they agree.
/// </summary>
internal interface IReadiness
{
    /// <summary>Null when ready, else why not. Answers within the token's two seconds.</summary>
    ValueTask<Failure?> CheckAsync(CancellationToken cancellationToken);
}
