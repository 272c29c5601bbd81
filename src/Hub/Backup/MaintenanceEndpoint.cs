using FieldCrm.Core;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Backup;

/// <summary>POST /operator/maintenance: the server drains and stays down while DIR/maintenance exists.</summary>
internal static class MaintenanceEndpoint
{
    private static readonly Failure NoFile = new(
        "maintenance.not-declared", "Make DIR/maintenance first, or the server would start again at once.");

    public static void MapMaintenance(this IEndpointRouteBuilder operators) => operators.MapPost("/maintenance", Begin);

    private static IResult Begin(InstancePaths paths, Drain drain)
    {
        if (!File.Exists(paths.Maintenance))
            return Problems.Of(NoFile);
        drain.ForMaintenance();
        return TypedResults.Accepted((string?)null);
    }
}
