using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Retention;

/// <summary>What one tenant forgets: of all its units, sooner of those that are people, and sooner still of people who were promised so.</summary>
/// <param name="Before">Positions of earlier UTC days.</param>
/// <param name="DoneBefore">It has forgotten those of days before this one already; null when it never did.</param>
/// <param name="OfPeople">Positions of people's devices alone.</param>
internal readonly record struct TenantRetention(TenantId Tenant, DateOnly Before, DateOnly? DoneBefore, bool OfPeople = false)
{
    /// <summary>
    /// Of people alone who have a shift stored that ran under a promise of so many days, fewer than the tenant keeps by now.
    /// Null: the tenant's own days. Nobody remembers how far these are done: the shifts go with the positions, and then
    /// there is nothing due.
    /// </summary>
    public int? PromisedDays { get; init; }

    public DateTimeOffset BeforeTime => new(Before, TimeOnly.MinValue, TimeSpan.Zero);

    /// <summary>
    /// A day has ended since, or the tenant keeps less or more than then: what it keeps longer now may come in again.
    /// </summary>
    public bool IsDue => DoneBefore != Before;

    /// <summary>Whether <c>d</c> is a device of somebody with such a shift.</summary>
    /// <param name="days">The parameter or column of <see cref="PromisedDays"/>.</param>
    public static string IsPromisedSql(string days) =>
        $"""
        ({days} IS NULL OR EXISTS (
            SELECT FROM person_shift ps JOIN person_consent pc ON pc.user_id = ps.user_id AND pc.answered_at = ps.consent_at
            WHERE ps.user_id = d.holder_id AND pc.retention_days = {days}))
        """;
}

/// <summary>Until which UTC day the positions of whom are forgotten, this round.</summary>
/// <param name="Today">The UTC day.</param>
/// <param name="DropBefore">Days before this one belong to nobody any more: whole partitions go.</param>
/// <param name="Due">Tenants that have something to forget.</param>
internal sealed record RetentionPlan(DateOnly Today, DateOnly DropBefore, IReadOnlyList<TenantRetention> Due)
{
    // A report that was taken in the last seconds of a day is stored by then, and still has its shift.
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    public static async Task<RetentionPlan> ReadAsync(
        FieldCrmDatabase database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var tenants = await TenantsAsync(database, now, cancellationToken);
        var (today, all) = (DateOnly.FromDateTime(now.UtcDateTime), tenants.SelectMany(t => t.Retentions));
        var earliest = tenants.Count > 0 ? all.Min(t => t.Before) : today.AddDays(-TenantSettings.Default.RetentionDays);
        var promised = await PromisedAsync(database, tenants, now, cancellationToken);
        return new RetentionPlan(today, earliest, [.. all.Where(t => t.IsDue), .. promised]);
    }

    private static async Task<List<(TenantId Tenant, int DaysOfPeople, List<TenantRetention> Retentions)>> TenantsAsync(
        FieldCrmDatabase database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(
            "SELECT tenant_id, settings::text, positions_before, people_before FROM tenant ORDER BY tenant_id");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var tenants = new List<(TenantId, int, List<TenantRetention>)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var (tenant, (days, daysOfPeople)) = (new TenantId(reader.GetInt32(0)), DaysOf(reader.GetString(1)));
            List<TenantRetention> retentions = [new TenantRetention(tenant, today.AddDays(-days), Day(reader, 2))];
            if (daysOfPeople < days)
                retentions.Add(new TenantRetention(tenant, today.AddDays(-daysOfPeople), Day(reader, 3), OfPeople: true));
            tenants.Add((tenant, daysOfPeople, retentions));
        }
        return tenants;
    }

    // Where a tenant keeps people's positions longer than it did: what was taken before then goes as was promised then.
    private static async Task<List<TenantRetention>> PromisedAsync(
        FieldCrmDatabase database, List<(TenantId Tenant, int DaysOfPeople, List<TenantRetention> Retentions)> tenants, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime((now - Grace).UtcDateTime);
        await using var command = database.Silo.CreateCommand(
            """
            SELECT t.tenant_id, c.retention_days, min(s.started_at)
            FROM unnest($1, $2) AS t (tenant_id, days)
            JOIN person_consent c ON c.tenant_id = t.tenant_id AND c.is_given AND c.retention_days < t.days
            JOIN person_shift s ON s.user_id = c.user_id AND s.consent_at = c.answered_at
            GROUP BY 1, 2
            """);
        command.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Integer, tenants.Select(t => t.Tenant.Value).ToArray());
        command.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Integer, tenants.Select(t => t.DaysOfPeople).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var promised = new List<TenantRetention>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var (days, first) = (reader.GetInt32(1), DateOnly.FromDateTime(reader.GetDateTime(2)));
            var retention = new TenantRetention(new TenantId(reader.GetInt32(0)), today.AddDays(-days), first, OfPeople: true) { PromisedDays = days };
            if (first < retention.Before)
                promised.Add(retention);
        }
        return promised;
    }

    // A refold reads its whole window and the day in which its checkpoint lies; without them it would invent events.
    // Settings that say otherwise are refused; this is for rows that were stored before they were.
    private static (int Days, int OfPeople) DaysOf(string settings)
    {
        var read = JsonSerializer.Deserialize(settings, TenantJson.Default.TenantSettings) ?? TenantSettings.Default;
        return (Math.Max(read.RetentionDays, read.RefoldWindowDays + 1), read.DaysKeptOfPeople());
    }

    private static DateOnly? Day(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateOnly>(column);
}
