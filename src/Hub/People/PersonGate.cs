using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.People;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Identity;
using FieldCrm.Silo.Positions;

namespace FieldCrm.Hub.People;

/// <summary>
/// What of a person's device is taken in, whatever way it comes: fixes made on a shift under a consent that stands, no
/// older than people's detail is kept.
/// </summary>
internal sealed class PersonGate(ShiftDirectory shifts, LastPositions positions)
{
    /// <summary>The places of the fixes that are taken, ascending. What cannot be known throws (see <see cref="ShiftDirectory"/>).</summary>
    public async ValueTask<int[]> PlacesTakenAsync(Reporter device, Fix[] fixes, UtcMicros receivedAt, TenantSettings settings)
    {
        if (device.Holder is not { } holder)
            return [];
        var book = await shifts.OfAsync(device.Tenant, holder, CancellationToken.None);
        if (book.Shifts.IsEmpty)
            return [];
        var days = settings.DaysKeptOfPeople();
        int[] taken = [.. Enumerable.Range(0, fixes.Length).Where(place => IsTaken(fixes[place].FixedAt))];
        if (taken.Length > 0)
            positions.SetPerson(device.Tenant, device.Device); // before a position of his is there to be seen
        return taken;

        // No older than it may be kept, now and by what was promised for that shift.
        bool IsTaken(UtcMicros at) => book.At(at) is { } shift && at >= receivedAt.Minus(TimeSpan.FromDays(Math.Min(days, shift.PromisedDays ?? days)));
    }
}
