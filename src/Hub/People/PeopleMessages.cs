using FieldCrm.Hub.AuditApi;

namespace FieldCrm.Hub.People;

/// <param name="Id">What the device is called in its tenant; of the kind person.</param>
/// <param name="User">Name or id of who carries it; left out: nobody.</param>
internal sealed record DeviceToHold(string Id, string? User = null);

/// <summary>A person's device, for those who administrate or audit: never where he is.</summary>
/// <param name="Device">What its owner calls it.</param>
/// <param name="Holder">The name of who carries it; absent: nobody, and nothing of it is taken in.</param>
/// <param name="ConsentFrom">Since when he agrees; absent: he does not.</param>
/// <param name="OnShiftSince">Absent off shift.</param>
internal sealed record PersonView(string Device, string Name, string? Holder, DateTimeOffset? ConsentFrom, DateTimeOffset? OnShiftSince);

internal sealed record PeoplePage(IReadOnlyList<PersonView> People, string? NextCursor);

/// <param name="Person">The name of whose detail it was; absent where nobody was named.</param>
/// <param name="What">unit, day, track, export, events or replay.</param>
/// <param name="From">The span that was looked at; absent where it has none.</param>
internal sealed record LookEntry(
    DateTimeOffset At, AuditActor By, string? Person, string? Device, string What, DateTimeOffset? From, DateTimeOffset? To, string Reason)
{
    public static LookEntry Of(LookView look) => new(
        look.LookedAt.ToDateTimeOffset(), new AuditActor(look.ByKind, look.ById, look.ByName), look.Person, look.Device, look.What, look.From?.ToDateTimeOffset(),
        look.To?.ToDateTimeOffset(), look.Reason);
}

internal sealed record LookPage(IReadOnlyList<LookEntry> Looks, string? NextCursor);

/// <param name="Device">What its owner calls it: this one alone.</param>
/// <param name="Limit">1 … 1000 people a page, 100 unless given.</param>
internal sealed record PeopleParameters(string? Device, string? Limit, string? Cursor);

/// <param name="Person">Name or id: looks at him alone.</param>
/// <param name="By">Name or id of a user, or a token's id: his looks alone.</param>
/// <param name="Limit">1 … 1000 looks a page, 100 unless given.</param>
internal sealed record LooksParameters(string? Person, string? By, string? Limit, string? Cursor);
