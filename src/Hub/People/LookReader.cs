using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.People;

/// <param name="Person">Whose detail it was; null where nobody was named.</param>
/// <param name="What">unit, day, track, export, events or replay.</param>
/// <param name="From">The span that was looked at; null where it has none.</param>
/// <param name="ByKind">One of <see cref="ActorKind"/>.</param>
public sealed record LookView(
    UtcMicros LookedAt, string ByKind, Guid? ById, string? ByName, string? Person, string? Device, string What, UtcMicros? From, UtcMicros? To,
    string Reason);

internal sealed record LookPageView(IReadOnlyList<LookView> Looks, string? NextCursor);

/// <param name="Before">Older than the look of this number.</param>
/// <param name="Person">At this person alone.</param>
/// <param name="By">By this user or program alone.</param>
internal sealed record LookQuestion(long? Before, int Limit, Guid? Person = null, Guid? By = null);

/// <summary>Who looked at whom, newest first, by number.</summary>
internal sealed class LookReader(FieldCrmDatabase database)
{
    /// <summary>Of the person's own list.</summary>
    public const int OwnPage = 25;

    public async Task<LookPageView> ReadAsync(TenantId tenant, LookQuestion question, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var before = question.Before ?? long.MaxValue;
        var looks = scope.Context.PersonLooks.Where(l => l.LookId < before);
        if (question.Person is { } person)
            looks = looks.Where(l => l.UserId == person);
        if (question.By is { } by)
            looks = looks.Where(l => l.ById == by);
        var rows = await looks.OrderByDescending(l => l.LookId).Take(question.Limit + 1).ToListAsync(cancellationToken);
        var hasMore = rows.Count > question.Limit;
        if (hasMore)
            rows.RemoveAt(question.Limit);
        var users = rows.SelectMany(l => new[] { l.UserId, l.ByKind == ActorKind.User ? l.ById : null }).OfType<Guid>().Distinct().ToArray();
        var tokens = rows.Where(l => l.ByKind == ActorKind.Token).Select(l => l.ById).OfType<Guid>().Distinct().ToArray();
        var devices = rows.Select(l => l.DeviceId).Distinct().ToArray();
        var userNames = await scope.Context.Users.Where(u => users.Contains(u.UserId)).ToDictionaryAsync(u => u.UserId, u => u.Name, cancellationToken);
        var tokenNames = await scope.Context.ApiTokens.Where(t => tokens.Contains(t.TokenId)).ToDictionaryAsync(t => t.TokenId, t => t.Name, cancellationToken);
        var deviceIds = await scope.Context.Devices.Where(d => devices.Contains(d.DeviceId))
            .ToDictionaryAsync(d => d.DeviceId, d => d.UniqueId, cancellationToken);
        return new LookPageView(
            [.. rows.Select(l => new LookView(
                UtcMicros.From(l.LookedAt), l.ByKind, l.ById, NameOf(l.ByKind, l.ById),
                l.UserId is { } whose ? userNames.GetValueOrDefault(whose) : null, deviceIds.GetValueOrDefault(l.DeviceId), l.What,
                Time(l.FromAt), Time(l.ToAt), l.Reason))],
            hasMore ? PageCursor.Of(UtcMicros.From(rows[^1].LookedAt), $"{rows[^1].LookId}") : null);

        string? NameOf(string kind, Guid? id) => id is not { } known ? null
            : kind == ActorKind.Token ? tokenNames.GetValueOrDefault(known) : userNames.GetValueOrDefault(known);
    }

    private static UtcMicros? Time(DateTimeOffset? time) => time is { } at ? UtcMicros.From(at) : null;
}
