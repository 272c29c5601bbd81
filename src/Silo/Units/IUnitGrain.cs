using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Tenants;

namespace FieldCrm.Silo.Units;

/// <summary>
/// What people say of a unit; the key is its device's number. Apart from the device's own grain, so that nothing here is ever on a
/// fix's path. Throws <see cref="Commit.CommitUnavailableException"/> and <see cref="Commit.CommitOutcomeUnknownException"/>: every
/// command may be repeated.
/// </summary>
public interface IUnitGrain : IGrainWithIntegerKey
{
    /// <summary>What was decided is stored. Refused with <c>device.unknown</c> where the tenant has no such device.</summary>
    /// <param name="by">Stands in the event that comes of it.</param>
    Task<AvailabilityOutcome> DecideAsync(TenantId tenant, AvailabilityCommand command, Actor by);
}
