using FieldCrm.Core.People;
using FieldCrm.Core.Tenants;

namespace FieldCrm.Silo.People;

/// <summary>
/// A user's word about his own position; the key is the user's id. Never asked on a fix's path.
/// Throws <see cref="Commit.CommitUnavailableException"/> and <see cref="Commit.CommitOutcomeUnknownException"/>: every
/// command may be repeated.
/// </summary>
public interface IPersonGrain : IGrainWithGuidKey
{
    /// <summary>What was decided is stored. Refused with <c>user.unknown</c> where there is no such user.</summary>
    /// <param name="by">Stands in every event that comes of it.</param>
    Task<PersonOutcome> DecideAsync(PersonCommand command, Actor by);

    /// <summary>Null where there is no such user.</summary>
    Task<PersonState?> GetStateAsync();
}
