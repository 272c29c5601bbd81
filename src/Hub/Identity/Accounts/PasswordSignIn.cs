using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo;
using FieldCrm.Silo.Tenants;
using Microsoft.AspNetCore.Identity;

namespace FieldCrm.Hub.Identity.Accounts;

/// <summary>
/// Name and password. Whoever guesses learns nothing of which names there are: an unknown name, one without a password, one
/// that waits and a wrong password get one answer, after the same work and never before <see cref="Floor"/>.
/// </summary>
internal sealed class PasswordSignIn(
    UserManager<AppUser> users, IPasswordHasher<AppUser> hasher, PasswordDecoy decoy, IGrainFactory grains,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    /// <summary>Longer than hashing and storing take, so that what they took does not show.</summary>
    public static readonly TimeSpan Floor = TimeSpan.FromMilliseconds(600);

    public static readonly Failure Refused = new("sign-in.refused",
        "Name and password do not match. After five wrong ones a name waits a minute, then longer; a link or a passkey still works.");

    /// <summary>The user, or null: refused, and nobody is told why.</summary>
    public async Task<AppUser?> TryAsync(string name, string password, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var user = await DecideAsync(name, password, cancellationToken);
        var left = Floor - time.GetElapsedTime(begun);
        if (left > TimeSpan.Zero)
            await Task.Delay(left, time, cancellationToken);
        return user;
    }

    private async Task<AppUser?> DecideAsync(string name, string password, CancellationToken cancellationToken)
    {
        if (name.Length is 0 or > 200 || password.Length is 0 or > PasswordRules.MaxLength)
            return await decoy.CompareAsync("", cancellationToken);
        if (await users.FindByNameAsync(name) is not { IsDisabled: false, PasswordHash: { } hash } user)
            return await decoy.CompareAsync(password, cancellationToken);
        var grain = grains.GetGrain<ITenantGrain>(user.Tenant.Value);
        if ((await grain.DecideAsync(new BeginPasswordTry(user.UserId), Actor.User(user.UserId))).Refusal is not null)
            return await decoy.CompareAsync(password, cancellationToken);
        var compared = await decoy.WithAPlaceAsync(() => hasher.VerifyHashedPassword(user, hash, password), cancellationToken);
        if (compared is not (PasswordVerificationResult.Success or PasswordVerificationResult.SuccessRehashNeeded))
        {
            await grain.DecideAsync(new NotePasswordFailed(user.UserId), Actor.User(user.UserId));
            return null;
        }
        var outcome = await grain.DecideAsync(new CompleteSignIn(user.UserId, SignInMethod.Password), Actor.User(user.UserId));
        return outcome.Refusal is null ? user : null;
    }
}

/// <summary>The work of looking at a password where there is none to look at, and how much of it is done at once.</summary>
internal sealed class PasswordDecoy(IPasswordHasher<AppUser> hasher) : IDisposable
{
    // Hashing is a processor's work of a tenth of a second: more at once would only slow everybody else.
    private readonly SemaphoreSlim _places = new(Math.Max(1, Environment.ProcessorCount / 2));

    private readonly string _hash = hasher.HashPassword(Nobody, SecretToken.Create());

    private static AppUser Nobody { get; } = new()
    {
        Tenant = default, UserId = Guid.Empty, Name = "", Role = "", SessionStamp = Guid.Empty, IsDisabled = true, IsExternal = false,
    };

    public async Task<AppUser?> CompareAsync(string password, CancellationToken cancellationToken)
    {
        await WithAPlaceAsync(() => hasher.VerifyHashedPassword(Nobody, _hash, password), cancellationToken);
        return null;
    }

    public async Task<T> WithAPlaceAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(work, cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();
}
