namespace FieldCrm.Hub.People;

/// <summary>The operation asks for a reason where the unit is a person; told in the API's description.</summary>
internal sealed record ReasonNeeded;

internal static class ReasonNeededExtensions
{
    public static RouteHandlerBuilder NeedsReason(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(new ReasonNeeded()).ProducesProblem(StatusCodes.Status428PreconditionRequired);
}
