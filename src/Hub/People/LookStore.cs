using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Identity;
using FieldCrm.Silo;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.People;

/// <summary>What somebody is about to see of people, and why.</summary>
/// <param name="What">One of <see cref="Core.People.LookedAt"/>.</param>
internal sealed record Look(TenantId Tenant, Actor By, string What, UtcMicros? From, UtcMicros? To, string Reason);

/// <summary>
/// Stores looks before anything is shown. The same look again within a few minutes (a page that is turned, a picture that
/// refreshes) is the same one and not stored twice.
/// </summary>
internal sealed class LookStore(
    ICommitLanes lanes, FieldCrmDatabase database, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    private const int MaxRecent = 50_000;

    private static readonly TimeSpan SameFor = TimeSpan.FromMinutes(10);

    private readonly GenerationalCache<Key, Stored> _recent = new(MaxRecent);

    /// <summary>Stored, all of them, or an exception that says that nothing is known to be (answered 503).</summary>
    /// <returns>Whether there was a new one among them.</returns>
    public async Task<bool> AddAsync(Look look, IReadOnlyCollection<PersonalUnit> units)
    {
        PersonalUnit[] fresh = [.. units.Where(u => !IsRecent(KeyOf(look, u)))];
        if (fresh.Length == 0)
            return false;
        var now = time.GetUtcNow().UtcDateTime;
        await lanes.CommitAsync(look.Tenant.Value, new CommitUnit
        {
            Tenant = look.Tenant,
            Statements = [new SqlStatement(
                """
                INSERT INTO person_look (tenant_id, user_id, device_id, looked_at, by_kind, by_id, what, from_at, to_at, reason)
                SELECT $1, person, device, $4, $5, $6, $7, $8, $9, $10 FROM unnest($2, $3) AS seen (person, device)
                """,
                [
                    new(look.Tenant.Value, NpgsqlDbType.Integer), new(fresh.Select(u => u.Holder).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid),
                    new(fresh.Select(u => u.Device.Value).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer), new(now, NpgsqlDbType.TimestampTz),
                    new(look.By.Kind, NpgsqlDbType.Text), new(look.By.Id, NpgsqlDbType.Uuid), new(look.What, NpgsqlDbType.Text),
                    new(Time(look.From), NpgsqlDbType.TimestampTz), new(Time(look.To), NpgsqlDbType.TimestampTz), new(look.Reason, NpgsqlDbType.Text),
                ],
                ExpectedRows: fresh.Length)],
        });
        foreach (var unit in fresh)
            _recent.Set(KeyOf(look, unit), new Stored(time.GetTimestamp()));
        return true;
    }

    /// <summary>How many different people somebody looked at since a moment.</summary>
    public async Task<int> CountPeopleAsync(TenantId tenant, Actor by, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SELECT count(DISTINCT coalesce(user_id::text, device_id::text))::int FROM person_look
            WHERE looked_at >= $1 AND by_kind = $2 AND by_id IS NOT DISTINCT FROM $3
            """, scope.Connection, scope.Transaction);
        command.Parameters.Add(new NpgsqlParameter { Value = since.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter { Value = by.Kind, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)by.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        return await command.ExecuteScalarAsync(cancellationToken) is int count ? count : 0;
    }

    private bool IsRecent(Key key) => _recent.Find(key) is { } stored && time.GetElapsedTime(stored.At) < SameFor;

    private static Key KeyOf(Look look, PersonalUnit unit) => new(
        look.Tenant, look.By, unit.Device, unit.Holder, look.What, look.From?.UtcDay, look.To?.UtcDay, look.Reason);

    private static DateTime? Time(UtcMicros? time) => time?.ToDateTimeOffset().UtcDateTime;

    private sealed record Key(
        TenantId Tenant, Actor By, DeviceId Device, Guid? Holder, string What, DateOnly? From, DateOnly? To, string Reason);

    private sealed record Stored(long At);
}
