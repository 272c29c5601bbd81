using System.Collections.Frozen;
using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Hub.Identity;
using FieldCrm.Silo;
using FieldCrm.Silo.People;
using FieldCrm.Silo.Storage;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace FieldCrm.Hub.People;

/// <summary>A unit that is a person.</summary>
/// <param name="Holder">Null: nobody was named, and nothing of it is taken in.</param>
/// <param name="OnShiftSince">Null off shift.</param>
internal sealed record PersonalUnit(DeviceId Device, Guid? Holder, UtcMicros? OnShiftSince);

/// <summary>
/// Which of a tenant's units are people, and who is on shift. Read again after <see cref="MaxAge"/> and after every notice of a
/// change; never answered from what is older: where it cannot be read, what depends on it is not answered either.
/// </summary>
internal sealed class PersonalUnits(FieldCrmDatabase database, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    private const int MaxTenants = 256;

    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(2);

    private const string Sql = $"SELECT d.device_id, d.holder_id, s.started_at {PersonOnShift.From}";

    private volatile GenerationalCache<int, Roster> _rosters = new(MaxTenants);
    private long _changes;

    /// <summary>By number.</summary>
    public async ValueTask<FrozenDictionary<int, PersonalUnit>> OfAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var rosters = _rosters;
        if (rosters.Find(tenant.Value) is { } known && time.GetElapsedTime(known.ReadAt) < MaxAge)
            return known.Units;
        var (readAt, changes) = (time.GetTimestamp(), Volatile.Read(ref _changes));
        var units = await ReadAsync(tenant, cancellationToken);
        rosters.Set(tenant.Value, new Roster(readAt, units));
        if (Volatile.Read(ref _changes) != changes)
            rosters.Remove(tenant.Value);
        return units;
    }

    /// <summary>Who had a shift within a span.</summary>
    public async Task<HashSet<Guid>> AtWorkAsync(TenantId tenant, UtcMicros from, UtcMicros to, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var (first, last) = (from.ToDateTimeOffset(), to.ToDateTimeOffset());
        var earliest = first - Shift.MaxLength;
        return (await scope.Context.PersonShifts
            .Where(s => s.StartedAt < last && s.StartedAt > earliest && (s.EndedAt == null || s.EndedAt > first))
            .Select(s => s.UserId).Distinct().ToListAsync(cancellationToken)).ToHashSet();
    }

    /// <summary>Somebody's shift, or what a device is, is another one: rare enough to forget all tenants' for it.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _changes);
        _rosters = new GenerationalCache<int, Roster>(MaxTenants);
    }

    private async Task<FrozenDictionary<int, PersonalUnit>> ReadAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        await using var command = new NpgsqlCommand(Sql, scope.Connection, scope.Transaction);
        command.Parameters.Add(PersonOnShift.Began(time.GetUtcNow()));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var units = new Dictionary<int, PersonalUnit>();
        while (await row.ReadAsync(cancellationToken))
        {
            units[row.GetInt32(0)] = new PersonalUnit(
                new DeviceId(row.GetInt32(0)), row.IsDBNull(1) ? null : row.GetGuid(1),
                row.IsDBNull(2) ? null : UtcMicros.From(new DateTimeOffset(row.GetDateTime(2), TimeSpan.Zero)));
        }
        return units.ToFrozenDictionary();
    }

    private sealed record Roster(long ReadAt, FrozenDictionary<int, PersonalUnit> Units);
}
