using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.People;
using FieldCrm.Silo;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Storage.Model;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.Pages;

public sealed record ListedDevice(string UniqueId, string Name, DeviceStatus Status, Sighting Sighting);

/// <param name="Device">Its unique id.</param>
public sealed record ListedAlarm(string Device, string DeviceName, AlarmKind Kind, UtcMicros StartedAt);

/// <summary>A page of a tenant's devices with what is most pressing on top.</summary>
public sealed record DeviceList
{
    public const int PageSize = 100;

    /// <summary>A tenant's devices end well before (<see cref="TenantSettings.MaxDevices"/>).</summary>
    public const int MaxPage = 10_000;

    public const int MaxAlarms = 10;
    public const int MaxSearch = 128;

    public required UtcMicros Now { get; init; }

    /// <summary>What name or id must contain; empty for all.</summary>
    public required string Search { get; init; }

    /// <summary>From 1.</summary>
    public required int Page { get; init; }

    public required int MatchCount { get; init; }

    public required IReadOnlyList<ListedDevice> Devices { get; init; }

    /// <summary>Of the last 24 hours and not withdrawn, newest first, at most <see cref="MaxAlarms"/>.</summary>
    public required IReadOnlyList<ListedAlarm> Alarms { get; init; }

    /// <summary>Just started: a device may be called never heard that was.</summary>
    public required bool IsStillFilling { get; init; }

    public int PageCount => Math.Max(1, (MatchCount + PageSize - 1) / PageSize);
}

internal sealed class DeviceListReader(
    FieldCrmDatabase database, LastPositions positions, PersonalAccess people, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock)
{
    private static readonly TimeSpan AlarmsSince = TimeSpan.FromHours(24);

    public async Task<DeviceList> ReadAsync(TenantId tenant, string? search, int page, CancellationToken cancellationToken)
    {
        var now = UtcMicros.From(clock.GetUtcNow());
        var text = (search ?? "").Replace("\0", "", StringComparison.Ordinal).Trim(); // no text of PostgreSQL holds a zero
        text = text.Length > DeviceList.MaxSearch ? text[..DeviceList.MaxSearch] : text;
        page = Math.Clamp(page, 1, DeviceList.MaxPage);
        var personal = await people.PeopleAsync(tenant, cancellationToken);
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var silenceAfter = await SilenceAfterAsync(scope, cancellationToken);
        var matching = Matching(scope.Context.Devices, text);
        var count = await matching.CountAsync(cancellationToken);
        var rows = await matching.OrderBy(d => d.Name).ThenBy(d => d.DeviceId)
            .Skip((page - 1) * DeviceList.PageSize).Take(DeviceList.PageSize).ToListAsync(cancellationToken);
        return new DeviceList
        {
            Now = now,
            Search = text,
            Page = page,
            MatchCount = count,
            Devices = [.. rows.Select(r => Listed(tenant, r, now, silenceAfter, personal.GetValueOrDefault(r.DeviceId)))],
            Alarms = await AlarmsAsync(scope, now, cancellationToken),
            IsStillFilling = !positions.IsFilled,
        };
    }

    /// <summary>How long this tenant's devices may say nothing.</summary>
    public static async Task<TimeSpan> SilenceAfterAsync(TenantScope scope, CancellationToken cancellationToken)
    {
        var stored = await scope.Context.Tenants.Select(t => t.Settings).SingleOrDefaultAsync(cancellationToken);
        var settings = stored is null ? null
            : System.Text.Json.JsonSerializer.Deserialize(stored, TenantJson.Default.TenantSettings);
        return TimeSpan.FromSeconds((settings ?? TenantSettings.Default).SilenceAfterSeconds);
    }

    private static IQueryable<DeviceRow> Matching(IQueryable<DeviceRow> devices, string text)
    {
        devices = devices.Where(d => d.DisabledAt == null);
        if (text.Length == 0)
            return devices;
        var pattern = $"%{text.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_")}%";
        return devices.Where(d => EF.Functions.ILike(d.Name, pattern, @"\") || EF.Functions.ILike(d.UniqueId, pattern, @"\"));
    }

    private ListedDevice Listed(TenantId tenant, DeviceRow row, UtcMicros now, TimeSpan silenceAfter, PersonalUnit? person)
    {
        if (person is { OnShiftSince: null })
            return new ListedDevice(row.UniqueId, row.Name, DeviceStatus.OffShift, default);
        var sighting = positions.Of(tenant, new DeviceId(row.DeviceId));
        return new ListedDevice(row.UniqueId, row.Name, DeviceStatuses.Of(sighting, now, silenceAfter), sighting);
    }

    private static async Task<IReadOnlyList<ListedAlarm>> AlarmsAsync(
        TenantScope scope, UtcMicros now, CancellationToken cancellationToken)
    {
        var since = now.Minus(AlarmsSince).ToDateTimeOffset();
        var rows = await scope.Context.Alarms
            .Where(a => !a.IsWithdrawn && a.StartedAt >= since)
            .OrderByDescending(a => a.StartedAt).Take(DeviceList.MaxAlarms)
            .Join(scope.Context.Devices, a => a.DeviceId, d => d.DeviceId, (a, d) => new { a.Kind, a.StartedAt, d.UniqueId, d.Name })
            .ToListAsync(cancellationToken);
        return [.. rows.OrderByDescending(r => r.StartedAt)
            .Select(r => new ListedAlarm(r.UniqueId, r.Name, (AlarmKind)r.Kind, UtcMicros.From(r.StartedAt)))];
    }
}
