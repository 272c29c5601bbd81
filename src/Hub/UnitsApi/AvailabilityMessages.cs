using FieldCrm.Core.Availability;
using FieldCrm.Core.Tenants;

namespace FieldCrm.Hub.UnitsApi;

/// <param name="Availability">unknown, available, busy, onBreak, offDuty or outOfService.</param>
/// <param name="Note">At most 200 characters in one line; left out: none.</param>
/// <param name="ExpectedVersion">The version that its sender has seen; 0 where nobody has said anything yet.</param>
internal sealed record AvailabilityToSet(string Availability, string? Note = null, long? ExpectedVersion = null);

/// <param name="Version">The change that is not to be.</param>
internal sealed record AvailabilityToUndo(long? Version = null);

/// <summary>Who did something.</summary>
/// <param name="Kind">user, token, operator or system.</param>
/// <param name="Name">Of the user or the token; absent for the others.</param>
internal sealed record ActorView(string Kind, string? Name)
{
    public static ActorView Of(Actor by, IReadOnlyDictionary<Guid, string> names) =>
        new(by.Kind, by.Id is { } id ? names.GetValueOrDefault(id) : null);
}

/// <summary>Whether a unit can be sent, and who said so when.</summary>
/// <param name="Version">Counts the changes; 0 where nobody has said anything yet.</param>
/// <param name="Undo">What to send to <c>…/availability/undo</c> to take this change back; absent where there is none.</param>
internal sealed record AvailabilityView(
    string Availability, string? Note, long Version, DateTimeOffset? ChangedAt, ActorView? ChangedBy, AvailabilityToUndo? Undo = null)
{
    public static AvailabilityView Of(UnitAvailability said, IReadOnlyDictionary<Guid, string> names) => new(
        AvailabilityStatuses.WordOf(said.Status), said.Note, said.Version, said.ChangedAt?.ToDateTimeOffset(),
        said.ChangedBy is { } by ? ActorView.Of(by, names) : null);
}
