using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Silo.Retention;

/// <summary>What one tenant forgets: of all its units, or sooner of those that are people.</summary>
/// <param name="Before">Positions of earlier UTC days.</param>
/// <param name="DoneBefore">It has forgotten those of days before this one already; null when it never did.</param>
/// <param name="OfPeople">Positions of people's devices alone.</param>
internal readonly record struct TenantRetention(TenantId Tenant, DateOnly Before, DateOnly? DoneBefore, bool OfPeople = false)
{
    public DateTimeOffset BeforeTime => new(Before, TimeOnly.MinValue, TimeSpan.Zero);

    /// <summary>
    /// A day has ended since, or the tenant keeps less or more than then: what it keeps longer now may come in again.
    /// </summary>
    public bool IsDue => DoneBefore != Before;
}

/// <summary>Until which UTC day the positions of whom are forgotten, this round.</summary>
/// <param name="Today">The UTC day.</param>
/// <param name="DropBefore">Days before this one belong to nobody any more: whole partitions go.</param>
/// <param name="Due">Tenants that have something to forget.</param>
internal sealed record RetentionPlan(DateOnly Today, DateOnly DropBefore, IReadOnlyList<TenantRetention> Due)
{
    public static async Task<RetentionPlan> ReadAsync(
        FieldCrmDatabase database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(
            "SELECT tenant_id, settings::text, positions_before, people_before FROM tenant ORDER BY tenant_id");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var tenants = new List<TenantRetention>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var (tenant, (days, daysOfPeople)) = (new TenantId(reader.GetInt32(0)), DaysOf(reader.GetString(1)));
            tenants.Add(new TenantRetention(tenant, today.AddDays(-days), Day(reader, 2)));
            if (daysOfPeople < days)
                tenants.Add(new TenantRetention(tenant, today.AddDays(-daysOfPeople), Day(reader, 3), OfPeople: true));
        }
        var earliest = tenants.Count > 0 ? tenants.Min(t => t.Before) : today.AddDays(-TenantSettings.Default.RetentionDays);
        return new RetentionPlan(today, earliest, [.. tenants.Where(t => t.IsDue)]);
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
