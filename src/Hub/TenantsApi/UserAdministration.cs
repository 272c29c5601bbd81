using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Pages;
using FieldCrm.Silo;
using FieldCrm.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.TenantsApi;

/// <summary>A tenant's people, as its admin or the operator changes them.</summary>
internal sealed class UserAdministration(
    FieldCrmDatabase database, TenantAdministration tenants, UserDirectory directory, PublicUrls urls,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    /// <summary>By name, from behind <paramref name="after"/>.</summary>
    /// <param name="search">Part of a name, in any case; null for all.</param>
    public async Task<List<UserView>> PageAsync(TenantId tenant, string? search, string after, int limit, CancellationToken cancellationToken)
    {
        var pattern = QueryText.LikePattern(search);
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var rows = await (
            from u in scope.Context.Users
            where string.Compare(u.Name, after) > 0 && (pattern == null || EF.Functions.ILike(u.Name, pattern, QueryText.LikeEscape))
            orderby u.Name
            select new
            {
                User = u,
                Passkeys = scope.Context.Passkeys.Count(p => p.UserId == u.UserId),
                IsExternal = scope.Context.ExternalUsers.Any(x => x.UserId == u.UserId),
            }).Take(limit).ToListAsync(cancellationToken);
        return [.. rows.Select(r => new UserView(
            r.User.UserId, r.User.Name, r.User.Role, r.User.DisabledAt is not null, r.IsExternal, r.Passkeys, r.User.CreatedAt))];
    }

    public async Task<(Failure? Refusal, LinkAnswer? Link)> AddAsync(RequestTenant tenant, UserToAdd add, HttpRequest request)
    {
        var user = Guid.CreateVersion7(time.GetUtcNow());
        var outcome = await tenants.Grain(tenant.Id).DecideAsync(new AddUser(user, add.Name, add.Role), tenant.By);
        return outcome.Refusal is { } refusal ? (refusal, null) : await LinkAsync(tenant, new NamedUser(user, add.Name, add.Role), request);
    }

    /// <summary>By id, or by name where it is none. The same for a user of another tenant and for none.</summary>
    public async Task<NamedUser?> FindAsync(TenantId tenant, string idOrName, CancellationToken cancellationToken)
    {
        // PostgreSQL has no text with a zero; a slash arrives as it stands in the URL.
        if (idOrName.Contains('\0', StringComparison.Ordinal))
            return null;
        idOrName = idOrName.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var found = Guid.TryParse(idOrName, out var id)
            ? await scope.Context.Users.SingleOrDefaultAsync(u => u.UserId == id, cancellationToken)
            : await scope.Context.Users.SingleOrDefaultAsync(u => u.Name == idOrName, cancellationToken);
        return found is null ? null : new NamedUser(found.UserId, found.Name, found.Role);
    }

    public async Task<Failure?> DecideAsync(RequestTenant tenant, Guid user, TenantCommand command)
    {
        var outcome = await tenants.Grain(tenant.Id).DecideAsync(command, tenant.By);
        directory.Forget(user);
        return outcome.Refusal;
    }

    /// <summary>A fresh one-time link, as text and as a picture.</summary>
    public async Task<(Failure? Refusal, LinkAnswer? Link)> LinkAsync(RequestTenant tenant, NamedUser user, HttpRequest request)
    {
        var (outcome, link) = await tenants.CreateLinkAsync(tenant, user.Id);
        if (outcome.Refusal is { } refusal)
            return (refusal, null);
        var url = urls.OfSignIn(request, link);
        var expiresAt = outcome.Events.OfType<LinkCreated>().Single().ExpiresAt.ToDateTimeOffset();
        return (null, new LinkAnswer(user.Name, user.Role, url, expiresAt, QrCode.Svg(url)));
    }
}

internal sealed record NamedUser(Guid Id, string Name, string Role);
