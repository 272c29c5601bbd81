using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.People;

namespace FieldCrm.Hub.People;

/// <summary>Hands a person's word to his grain, and has what is remembered of his shifts forgotten whatever became of it.</summary>
internal sealed class PersonAdministration(IGrainFactory grains, ShiftDirectory shifts)
{
    public async Task<Failure?> DecideAsync(Guid person, PersonCommand command)
    {
        try
        {
            return (await grains.GetGrain<IPersonGrain>(person).DecideAsync(command, Actor.User(person))).Refusal;
        }
        finally
        {
            shifts.Forget(person);
        }
    }
}
