using System.ComponentModel.DataAnnotations;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Identity;
using FieldCrm.Silo;
using FieldCrm.Silo.Tenants;
using Microsoft.Extensions.Options;

namespace FieldCrm.Hub.People;

/// <summary>Section <c>People</c> of the settings.</summary>
internal sealed class PeopleOptions
{
    /// <summary>Different people whose details one user or program may open within an hour before auditors are told. Default 20, 2–1,000.</summary>
    [Range(2, 1_000)]
    public int BulkPeople { get; set; } = 20;
}

/// <summary>
/// Tells auditors of somebody who looks at many people: an event of the tenant's ledger, which the feed, the console and
/// <c>./fieldcrm audit</c> show. Once an hour for each.
/// </summary>
internal sealed class BulkWatch(
    LookStore looks, IGrainFactory grains, IOptions<PeopleOptions> options, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    private const int MaxTold = 10_000;

    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly GenerationalCache<(TenantId, Actor), Told> _told = new(MaxTold);

    /// <summary>After new looks were stored, and before what they open is shown.</summary>
    public async Task NoteAsync(TenantId tenant, Actor by, CancellationToken cancellationToken)
    {
        if (_told.Find((tenant, by)) is { } told && time.GetElapsedTime(told.At) < Window)
            return;
        var people = await looks.CountPeopleAsync(tenant, by, time.GetUtcNow() - Window, cancellationToken);
        if (people <= options.Value.BulkPeople)
            return;
        await grains.GetGrain<ITenantGrain>(tenant.Value).DecideAsync(new NoteBulkLook(people, (int)Window.TotalMinutes), by);
        _told.Set((tenant, by), new Told(time.GetTimestamp()));
    }

    private sealed record Told(long At);
}
