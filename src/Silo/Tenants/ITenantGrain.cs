using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Retention;

namespace FieldCrm.Silo.Tenants;

/// <summary>
/// A tenant's administration; the key is the tenant's id, 0 is the operator. Never asked on a fix's path.
/// Throws <see cref="Commit.CommitUnavailableException"/> and <see cref="Commit.CommitOutcomeUnknownException"/>:
/// every command may be repeated.
/// </summary>
public interface ITenantGrain : IGrainWithIntegerKey
{
    /// <summary>What was decided is stored. Refused with <c>tenant.unknown</c> where there is no such tenant.</summary>
    /// <param name="by">Stands in every event that comes of it.</param>
    Task<TenantOutcome> DecideAsync(TenantCommand command, Actor by);

    /// <summary>Alarms were forgotten with their time: units whose last open one was among them are marked no longer.</summary>
    Task SettleAlarmsAsync();

    /// <summary>Erases what the tenant's stream says of a person's alarms before a moment, some of them at a time.</summary>
    /// <returns>How many; 0 when none is left.</returns>
    Task<int> EraseAlarmsAsync(int device, long beforeMicros, string reason);

    /// <summary>Null where there is no such tenant.</summary>
    Task<TenantState?> GetStateAsync();

    /// <summary>Retention: erases what the tenant's stream says of positions that were fixed before a time.</summary>
    Task<ForgetOutcome> ForgetAsync(long beforeMicros);
}
