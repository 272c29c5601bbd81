using FieldCrm.Core;
using FieldCrm.Silo;
using FieldCrm.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.Identity;

/// <summary>How a user stands who may be signed in.</summary>
/// <param name="Role">As <see cref="Policies.RoleOf"/> has it.</param>
/// <param name="Stamp">Of the sessions that are not over.</param>
internal sealed record UserStanding(string Role, Guid Stamp);

/// <summary>Whether a session's user may still be signed in; remembered for 3 s, so that a disabled user is out within 5.</summary>
internal sealed class UserDirectory(
    FieldCrmDatabase database, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(3);

    // People with open sessions at one time; more are looked up more often.
    private const int MaxUsers = 20_000;

    private volatile GenerationalCache<Guid, Entry> _users = new(MaxUsers);

    /// <summary>Null when he may not be signed in.</summary>
    public async ValueTask<UserStanding?> StandingAsync(TenantId tenant, Guid user, CancellationToken cancellationToken)
    {
        if (_users.Find(user) is { } known && known.Tenant == tenant && time.GetElapsedTime(known.LoadedAt) < MaxAge)
            return known.Standing;
        return (await ReadAsync(tenant, [user], cancellationToken)).GetValueOrDefault(user);
    }

    /// <summary>Asks the database, for those alone who may be signed in.</summary>
    public async Task<Dictionary<Guid, UserStanding>> ReadAsync(
        TenantId tenant, IReadOnlyCollection<Guid> wanted, CancellationToken cancellationToken)
    {
        var users = _users;
        var loadedAt = time.GetTimestamp();
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var standings = await scope.Context.Users.Where(u => wanted.Contains(u.UserId) && u.DisabledAt == null)
            .ToDictionaryAsync(u => u.UserId, u => new UserStanding(Policies.RoleOf(tenant, u.Role), u.SessionStamp), cancellationToken);
        foreach (var user in wanted)
            users.Set(user, new Entry(tenant, standings.GetValueOrDefault(user), loadedAt));
        return standings;
    }

    public void Forget(Guid user) => _users.Remove(user);

    public void ForgetAll() => _users = new GenerationalCache<Guid, Entry>(MaxUsers);

    private sealed record Entry(TenantId Tenant, UserStanding? Standing, long LoadedAt);
}
