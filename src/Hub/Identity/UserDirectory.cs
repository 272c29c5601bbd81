using FieldCrm.Core;
using FieldCrm.Silo;
using FieldCrm.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.Identity;

/// <summary>Whether a session's user may still be signed in; remembered for 3 s, so that a disabled user is out within 5.</summary>
internal sealed class UserDirectory(
    FieldCrmDatabase database, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(3);

    // People with open sessions at one time; more are looked up more often.
    private const int MaxUsers = 20_000;

    private volatile GenerationalCache<Guid, Entry> _users = new(MaxUsers);

    /// <summary>The user's role now; null when he may not be signed in.</summary>
    public async ValueTask<string?> RoleAsync(TenantId tenant, Guid user, CancellationToken cancellationToken)
    {
        if (_users.Find(user) is { } known && known.Tenant == tenant && time.GetElapsedTime(known.LoadedAt) < MaxAge)
            return known.Role;
        var users = _users;
        var loadedAt = time.GetTimestamp();
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var role = await scope.Context.Users
            .Where(u => u.UserId == user && u.DisabledAt == null).Select(u => u.Role).SingleOrDefaultAsync(cancellationToken);
        users.Set(user, new Entry(tenant, role, loadedAt));
        return role;
    }

    public void Forget(Guid user) => _users.Remove(user);

    public void ForgetAll() => _users = new GenerationalCache<Guid, Entry>(MaxUsers);

    private sealed record Entry(TenantId Tenant, string? Role, long LoadedAt);
}
