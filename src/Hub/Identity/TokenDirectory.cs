using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Tenants;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.Identity;

/// <summary>An API token that may be used.</summary>
internal sealed record TokenStanding(TenantId Tenant, Guid Token, string Role, DateTimeOffset ExpiresAt);

/// <summary>Who a bearer token is; remembered for 3 s, so that a revoked one is out within 5.</summary>
internal sealed partial class TokenDirectory(
    FieldCrmDatabase database, IGrainFactory grains, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time,
    ILogger<TokenDirectory> logger)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan UseInterval = TimeSpan.FromMinutes(10);

    // Programs that are at work at one time; more are looked up more often.
    private const int MaxTokens = 10_000;

    private readonly GenerationalCache<TokenKey, Owner> _owners = new(MaxTokens);
    private readonly GenerationalCache<Guid, Entry> _standings = new(MaxTokens);
    private readonly GenerationalCache<Guid, object> _used = new(MaxTokens);

    /// <summary>Null for a text that is no token, and for one that is revoked, too old, or has lost its maker.</summary>
    public async ValueTask<TokenStanding?> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (!ApiToken.IsWellFormed(text))
            return null;
        var key = TokenKey.Of(text);
        if (_owners.Find(key) is not { } owner)
        {
            await using var find = database.Api.CreateCommand("SELECT token_id, tenant_id FROM token_by_hash($1)");
            find.Parameters.Add(new NpgsqlParameter { Value = key.ToBytes(), NpgsqlDbType = NpgsqlDbType.Bytea });
            await using var row = await find.ExecuteReaderAsync(cancellationToken);
            if (!await row.ReadAsync(cancellationToken))
                return null;
            owner = new Owner(new TenantId(row.GetInt32(1)), row.GetGuid(0));
            _owners.Set(key, owner); // a token's hash never becomes another's
        }
        return await StandingAsync(owner.Tenant, owner.Token, cancellationToken);
    }

    public async ValueTask<TokenStanding?> StandingAsync(TenantId tenant, Guid token, CancellationToken cancellationToken)
    {
        if (_standings.Find(token) is not { } entry || time.GetElapsedTime(entry.LoadedAt) >= MaxAge)
        {
            entry = new Entry(await ReadAsync(tenant, token, cancellationToken), time.GetTimestamp());
            _standings.Set(token, entry);
        }
        return entry.Standing is { } standing && standing.ExpiresAt > time.GetUtcNow() ? standing : null;
    }

    /// <summary>Coarse on purpose: a write every ten minutes says as much as one at every use.</summary>
    public void NoteUse(TokenStanding standing)
    {
        var now = time.GetTimestamp();
        if (_used.Find(standing.Token) is long before && time.GetElapsedTime(before, now) < UseInterval)
            return;
        _used.Set(standing.Token, now);
        _ = TellAsync(standing);
    }

    public void Forget(Guid token) => _standings.Remove(token);

    private async Task<TokenStanding?> ReadAsync(TenantId tenant, Guid token, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var found = await (
            from t in scope.Context.ApiTokens
            where t.TokenId == token && t.RevokedAt == null
            from u in scope.Context.Users.Where(u => u.UserId == t.MadeBy).DefaultIfEmpty()
            select new { t.Role, t.ExpiresAt, t.MadeBy, MakerRole = u == null ? null : u.Role, IsMakerOut = u != null && u.DisabledAt != null })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null || found.MadeBy is not null && (found.IsMakerOut || !Policies.Covers(found.MakerRole, found.Role)))
            return null;
        return new TokenStanding(tenant, token, found.Role, found.ExpiresAt);
    }

    private async Task TellAsync(TokenStanding standing)
    {
        try
        {
            await grains.GetGrain<ITenantGrain>(standing.Tenant.Value).DecideAsync(new NoteTokenUsed(standing.Token), Actor.Token(standing.Token));
        }
        catch (Exception e)
        {
            LogNotTold(e.GetType().Name); // the next use after ten minutes tells it
        }
    }

    [LoggerMessage(4012, LogLevel.Debug, "The use of a token could not be noted ({Exception})")]
    private partial void LogNotTold(string exception);

    private sealed record Owner(TenantId Tenant, Guid Token);

    private sealed record Entry(TokenStanding? Standing, long LoadedAt);
}

/// <summary>How API tokens look: a prefix that a scanner for leaked secrets knows, and 160 random bits.</summary>
internal static class ApiToken
{
    public const string Prefix = "fct_";

    public static string Create() => Prefix + SecretToken.Create();

    public static bool IsWellFormed(string text) =>
        text.Length == Prefix.Length + SecretToken.Length && text.StartsWith(Prefix, StringComparison.Ordinal);
}
