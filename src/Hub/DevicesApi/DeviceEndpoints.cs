using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.DevicesApi;

/// <summary>A tenant's devices, administrated: <c>/operator/devices</c> and, for its admins, <c>/api/v1/devices</c>.</summary>
internal static class DeviceEndpoints
{
    private const int MaxPage = 1_000;

    private static readonly Failure UnknownDevice = new("device.unknown", "There is no such device in this tenant.");

    /// <summary>With what the command line shows of a device: its ways to report, not where it is.</summary>
    public static void MapOperatorDevices(this IEndpointRouteBuilder operators)
    {
        operators.MapDeviceAdministration();
        operators.MapGet("/devices", ListAsync).RequireTenant();
    }

    public static void MapDeviceAdministration(this IEndpointRouteBuilder routes)
    {
        var devices = routes.MapGroup("/devices").RequireTenant().WithTags("Devices")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict);
        devices.MapPost("", AddAsync).Produces<DeviceCredentials>().WithSummary("Registers a device; its token is shown this once");
        devices.MapPost("/import", ImportAsync).Produces<DevicesAdded>().WithSummary("Registers many, each for itself");
        devices.MapPost("/rotate", RotateAsync).Produces<DeviceCredentials>()
            .WithSummary("A new token; the one before stops working").ProducesProblem(StatusCodes.Status404NotFound);
        devices.MapPost("/admit", AdmitAsync).Produces(StatusCodes.Status204NoContent).WithSummary("Registers a device that was seen unregistered");
        devices.MapPost("/set", SetAsync).Produces(StatusCodes.Status204NoContent)
            .WithSummary("Changes name, kind and phone; what is left out stays").ProducesProblem(StatusCodes.Status404NotFound);
        MapChange("/rename", "A new name for people", (device, named) => new RenameDevice(device, named.Name ?? named.Id));
        MapChange("/disable", "It may report no more and is shown nowhere", (device, _) => new DisableDevice(device));
        MapChange("/enable", "It may report again", (device, _) => new EnableDevice(device));
        MapChange("/revoke", "Its token stops working", (device, _) => new RevokeDeviceToken(device));

        void MapChange(string path, string summary, Func<DeviceId, DeviceToName, TenantCommand> command) => devices.MapPost(path, async (
            DeviceToName named, RequestTenant tenant, DeviceAdministration administration, CancellationToken cancellationToken) =>
        {
            var outcome = await administration.ChangeAsync(tenant, named.Id, d => command(d, named), cancellationToken);
            return Answer(outcome is null ? UnknownDevice : outcome.Refusal);
        }).Produces(StatusCodes.Status204NoContent).WithSummary(summary).ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> ListAsync(
        RequestTenant tenant, DeviceAdministration administration, string? after, int? limit, CancellationToken cancellationToken)
    {
        var size = Math.Clamp(limit ?? MaxPage, 1, MaxPage);
        var rows = await administration.PageAsync(tenant.Id, after ?? "", size, cancellationToken);
        return TypedResults.Ok(new DevicesAnswer(
            [.. rows.Select(d => new DeviceAnswer(
                d.UniqueId, d.Name, UnitKinds.WordOf(d.Kind), d.Phone, d.DisabledAt is not null, d.TokenHash is not null, d.AcceptsEnrolment, d.BareId, d.CreatedAt))],
            rows.Count == size ? rows[^1].UniqueId : null));
    }

    private static async Task<IResult> AddAsync(
        DeviceToAdd add, RequestTenant tenant, DeviceAdministration administration, PublicUrls urls, HttpRequest request,
        CancellationToken cancellationToken)
    {
        if (add.Validate() is { } invalid)
            return Problems.Of(invalid);
        var (outcome, tokens) = await administration.RegisterAsync(tenant, [add], skipKnown: false, cancellationToken);
        return outcome.Refusal is { } refusal
            ? Problems.Of(refusal)
            : TypedResults.Ok(Credentials(add.Id, tokens[add.Id], urls, request));
    }

    /// <summary>Each line for itself: what cannot be registered is refused with its code, the others are added.</summary>
    private static async Task<IResult> ImportAsync(
        DevicesToAdd import, RequestTenant tenant, DeviceAdministration administration, PublicUrls urls, HttpRequest request,
        CancellationToken cancellationToken)
    {
        if (import.Devices.Any(device => device is null)) // which no annotation of a list's members can say to the reader
            return Problems.Of(Problems.Invalid);
        if (import.Devices.Count > RegisterDevices.MaxDevices)
            return Problems.Of(new Failure("device.too-many", $"At most {RegisterDevices.MaxDevices} devices at once."));
        var refusals = import.Devices.Select(d => d.Validate()).ToArray();
        DeviceToAdd[] valid = [.. import.Devices.Where((_, i) => refusals[i] is null)];
        var (outcome, tokens) = await administration.RegisterAsync(tenant, valid, skipKnown: true, cancellationToken);
        var shown = new HashSet<string>(StringComparer.Ordinal);
        return TypedResults.Ok(new DevicesAdded([.. import.Devices.Select((device, i) =>
        {
            if ((refusals[i] ?? outcome.Refusal) is { } refusal)
                return new DeviceAdded(device.Id, AddStatus.Refused, null, null, refusal);
            return tokens.TryGetValue(device.Id, out var token) && shown.Add(device.Id)
                ? new DeviceAdded(device.Id, AddStatus.Added, token, urls.OfDevice(request, token), null)
                : new DeviceAdded(device.Id, AddStatus.Known, null, null, null);
        })]));
    }

    private static async Task<IResult> SetAsync(
        DeviceToSet set, RequestTenant tenant, DeviceAdministration administration, CancellationToken cancellationToken)
    {
        var kind = set.Kind is null ? null : UnitKinds.Of(set.Kind);
        if (set.Kind is not null && kind is null)
            return Problems.Of(DeviceToAdd.KindInvalid);
        var outcome = await administration.ChangeAsync(
            tenant, set.Id, d => new ChangeDevice(d, set.Name, kind, set.Phone), cancellationToken);
        return Answer(outcome is null ? UnknownDevice : outcome.Refusal);
    }

    private static async Task<IResult> RotateAsync(
        DeviceToName named, RequestTenant tenant, DeviceAdministration administration, PublicUrls urls, HttpRequest request,
        CancellationToken cancellationToken)
    {
        var token = SecretToken.Create();
        var outcome = await administration.ChangeAsync(
            tenant, named.Id, d => new RotateDeviceToken(d, SecretHash.Of(token)), cancellationToken);
        return (outcome is null ? UnknownDevice : outcome.Refusal) is { } refusal
            ? Problems.Of(refusal)
            : TypedResults.Ok(Credentials(named.Id, token, urls, request));
    }

    private static async Task<IResult> AdmitAsync(
        DeviceToAdmit admit, RequestTenant tenant, DeviceAdministration administration, CancellationToken cancellationToken)
    {
        var device = new DeviceToAdd(admit.Id, admit.Name, Kind: admit.Kind);
        return Answer(device.Validate() is { Code: "device.kind-invalid" } invalid
            ? invalid : (await administration.AdmitAsync(tenant, device, cancellationToken)).Refusal);
    }

    private static IResult Answer(Failure? refusal) => refusal is null ? TypedResults.NoContent() : Problems.Of(refusal);

    private static DeviceCredentials Credentials(string id, string token, PublicUrls urls, HttpRequest request) =>
        new(id, token, urls.OfDevice(request, token), urls.OfAuthority(request), urls.PlainOfDevice(request, token));
}
