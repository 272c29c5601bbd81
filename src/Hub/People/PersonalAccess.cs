using System.Collections.Frozen;
using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.People;

/// <summary>People whose detail an answer may hold; every other unit is nobody's own and always in it.</summary>
/// <param name="LeftOut">People with a shift in the span who are not opened.</param>
internal sealed record PersonalSpan(FrozenDictionary<int, PersonalUnit> People, FrozenSet<int> Opened, int LeftOut)
{
    /// <summary>Whether the answer may tell of the unit.</summary>
    public bool Includes(DeviceId unit) => !People.ContainsKey(unit.Value) || Opened.Contains(unit.Value);
}

/// <summary>
/// The one door to a person's detail: a reason, in the header <see cref="Header"/> (percent-encoded) or the query
/// (<see cref="QueryParameter"/>), that is stored before anything is read and shows on the person's own page.
/// </summary>
internal sealed class PersonalAccess(PersonalUnits units, LookStore looks, BulkWatch bulk)
{
    public const string Header = "X-Reason";
    public const string QueryParameter = "reason";

    /// <summary>Before a unit's detail is read. Null: go on. Nothing is asked for a unit that is no person, nor of himself.</summary>
    /// <param name="what">One of <see cref="LookedAt"/>.</param>
    /// <returns><c>people.reason-required</c> (428) or <c>people.reason-invalid</c>.</returns>
    public async ValueTask<Failure?> OpenAsync(
        HttpContext http, RequestTenant tenant, DeviceId unit, string what, UtcMicros? from = null, UtcMicros? to = null)
    {
        var people = await units.OfAsync(tenant.Id, http.RequestAborted);
        if (!people.TryGetValue(unit.Value, out var person) || IsHimself(tenant, person))
            return null;
        var (reason, refusal) = LookReason.Read(TextOf(http.Request));
        if (reason is null)
            return refusal;
        await AddAsync(new Look(tenant.Id, tenant.By, what, from, to, reason), [person]);
        return null;
    }

    /// <summary>
    /// Before many units' detail is read. Without a reason people are left out; with one, everybody who had a shift in the
    /// span is looked at and in it. One's own detail is in it always.
    /// </summary>
    /// <param name="asked">The units that are meant; null for all.</param>
    /// <returns>A reason that is none is refused like in <see cref="OpenAsync"/>.</returns>
    public async ValueTask<(Failure? Refusal, PersonalSpan Span)> OpenManyAsync(
        HttpContext http, RequestTenant tenant, string what, UtcMicros from, UtcMicros to, IReadOnlySet<int>? asked = null)
    {
        var people = await units.OfAsync(tenant.Id, http.RequestAborted);
        if (people.Count == 0)
            return (null, new PersonalSpan(people, FrozenSet<int>.Empty, 0));
        var atWork = await units.AtWorkAsync(tenant.Id, from, to, http.RequestAborted);
        PersonalUnit[] seen = [.. people.Values.Where(p =>
            p.Holder is { } holder && atWork.Contains(holder) && (asked?.Contains(p.Device.Value) ?? true))];
        PersonalUnit[] others = [.. seen.Where(p => !IsHimself(tenant, p))];
        if (TextOf(http.Request) is not { } text)
        {
            var own = seen.Except(others).Select(p => p.Device.Value).ToFrozenSet();
            return (null, new PersonalSpan(people, own, others.Length));
        }
        var (reason, refusal) = LookReason.Read(text);
        if (reason is null)
            return (refusal, new PersonalSpan(people, FrozenSet<int>.Empty, others.Length));
        await AddAsync(new Look(tenant.Id, tenant.By, what, from, to, reason), others);
        return (null, new PersonalSpan(people, seen.Select(p => p.Device.Value).ToFrozenSet(), 0));
    }

    /// <summary>Whether a unit is a person; for what is told without a reason.</summary>
    public ValueTask<FrozenDictionary<int, PersonalUnit>> PeopleAsync(TenantId tenant, CancellationToken cancellationToken) =>
        units.OfAsync(tenant, cancellationToken);

    /// <summary>As it was sent; null when it was not.</summary>
    public static string? TextOf(HttpRequest request)
    {
        var header = request.Headers[Header].ToString();
        if (header.Length > 0)
            return header.Length <= LookReason.MaxLength * 12 ? Uri.UnescapeDataString(header) : header;
        var query = request.Query[QueryParameter].ToString();
        return query.Length > 0 ? query : null;
    }

    // Whoever hangs up has looked all the same; and a look that is known already may be one whose alert did not get through.
    private async Task AddAsync(Look look, PersonalUnit[] seen)
    {
        if (seen.Length == 0)
            return;
        await looks.AddAsync(look, seen);
        await bulk.NoteAsync(look.Tenant, look.By, CancellationToken.None);
    }

    private static bool IsHimself(RequestTenant tenant, PersonalUnit person) =>
        person.Holder is { } holder && tenant.By == Core.Tenants.Actor.User(holder);
}
