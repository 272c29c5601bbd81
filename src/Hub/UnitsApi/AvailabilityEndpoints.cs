using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Silo.Units;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FieldCrm.Hub.UnitsApi;

/// <summary>
/// Setting a unit's availability and taking that back. Who has not seen the newest is answered 409 <c>availability.stale</c> with
/// what it is now (member <c>current</c>), who said so and when.
/// </summary>
internal static class AvailabilityEndpoints
{
    private static readonly Failure StatusInvalid = new(
        "availability.status-invalid", $"An availability is one of {string.Join(", ", AvailabilityStatuses.Words)}.");

    private static readonly Failure VersionMissing = new("availability.version-missing", "Say which version you have seen; 0 is none yet.");

    public static void MapAvailabilityApi(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/units/{id}/availability").RequireAuthorization(Policies.Dispatch).RequireTenant().WithTags("Units")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        group.MapPut("", SetAsync).WithName("SetAvailability").WithSummary("Says whether a unit can be sent; the answer says how to take it back");
        group.MapPost("/undo", UndoAsync).WithName("UndoAvailability")
            .WithSummary("Brings back what was before a change, as long as nobody changed it since");
    }

    private static Task<Results<Ok<AvailabilityView>, ProblemHttpResult>> SetAsync(
        string id, AvailabilityToSet set, RequestTenant tenant, UnitAdministration units, CancellationToken cancellationToken)
    {
        if (AvailabilityStatuses.Of(set.Availability) is not { } status)
            return Refused(StatusInvalid);
        if (set.ExpectedVersion is not { } version)
            return Refused(VersionMissing);
        var note = set.Note?.Trim();
        return units.DecideAsync(tenant, id, new SetAvailability(status, note is { Length: > 0 } ? note : null, version), cancellationToken);
    }

    private static Task<Results<Ok<AvailabilityView>, ProblemHttpResult>> UndoAsync(
        string id, AvailabilityToUndo undo, RequestTenant tenant, UnitAdministration units, CancellationToken cancellationToken) =>
        undo.Version is { } version
            ? units.DecideAsync(tenant, id, new UndoAvailability(version), cancellationToken)
            : Refused(VersionMissing);

    private static Task<Results<Ok<AvailabilityView>, ProblemHttpResult>> Refused(Failure failure) =>
        Task.FromResult<Results<Ok<AvailabilityView>, ProblemHttpResult>>(Problems.Of(failure));
}

/// <summary>Hands what dispatchers say of a unit to its grain.</summary>
internal sealed class UnitAdministration(IGrainFactory grains, DeviceFinder devices, AvailabilityReader availabilities)
{
    public async Task<Results<Ok<AvailabilityView>, ProblemHttpResult>> DecideAsync(
        RequestTenant tenant, string uniqueId, AvailabilityCommand command, CancellationToken cancellationToken)
    {
        // A device that is disabled is shown nowhere, so nobody can mean it.
        if (await devices.FindAsync(tenant.Id, uniqueId, cancellationToken) is not { DisabledAt: null } device)
            return Problems.Of(DeviceFinder.Unknown);
        var outcome = await grains.GetGrain<IUnitGrain>(device.DeviceId).DecideAsync(tenant.Id, command, tenant.By).WaitAsync(cancellationToken);
        var view = await availabilities.ViewAsync(tenant.Id, outcome.State, cancellationToken);
        if (outcome.Refusal is { } refusal)
            return view.Version > 0 ? Problems.Of(refusal, "current", view) : Problems.Of(refusal);
        return TypedResults.Ok(view with { Undo = view.Version > 0 ? new AvailabilityToUndo(view.Version) : null });
    }
}
