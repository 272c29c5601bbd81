using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Storage;

namespace FieldCrm.Silo.Retention;

/// <summary>Until which UTC day the positions of whom are forgotten, this round.</summary>
/// <param name="Today">The UTC day.</param>
/// <param name="DropBefore">Days before this one belong to nobody any more: whole partitions go.</param>
/// <param name="Shorter">Tenants that keep less than the longest: their rows go one by one.</param>
/// <param name="Tenants">From when on each tenant keeps what was made of its positions.</param>
internal sealed record RetentionPlan(
    DateOnly Today, DateOnly DropBefore, IReadOnlyList<(TenantId Tenant, DateOnly DeleteBefore)> Shorter,
    IReadOnlyList<(TenantId Tenant, DateOnly DeleteBefore)> Tenants)
{
    public static async Task<RetentionPlan> ReadAsync(
        FieldCrmDatabase database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand("SELECT tenant_id, settings::text FROM tenant ORDER BY tenant_id");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var days = new List<(TenantId Tenant, int Days)>();
        while (await reader.ReadAsync(cancellationToken))
            days.Add((new TenantId(reader.GetInt32(0)), DaysOf(reader.GetString(1))));
        var longest = days.Count > 0 ? days.Max(d => d.Days) : TenantSettings.Default.RetentionDays;
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        return new RetentionPlan(
            today, today.AddDays(-longest),
            [.. days.Where(d => d.Days < longest).Select(d => (d.Tenant, today.AddDays(-d.Days)))],
            [.. days.Select(d => (d.Tenant, today.AddDays(-d.Days)))]);
    }

    // A refold reads its whole window and the day in which its checkpoint lies; without them it would invent events.
    // Settings that say otherwise are refused; this is for rows that were stored before they were.
    private static int DaysOf(string settings)
    {
        var read = JsonSerializer.Deserialize(settings, TenantJson.Default.TenantSettings) ?? TenantSettings.Default;
        return Math.Max(read.RetentionDays, read.RefoldWindowDays + 1);
    }
}
