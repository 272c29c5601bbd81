using System.Net;
using System.Text;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

/// <summary>What the command line asks with the instance's credential, and what of it people of the operator may too: for no tenant's user or program.</summary>
internal static class OperatorProbes
{
    private const string Operating = Policies.Operator;

    public static readonly Probe[] All =
    [
        Probe.Get("/operator/tenants", Policies.Operate) with { Shows = a => a.World.Name, Elsewhere = Elsewhere.Instance },
        Probe.Post("/operator/tenants", Policies.Operate) with { Target = DeviceProbes.Fresh, Body = a => new { name = a.Target }, Shows = a => a.Target, Elsewhere = Elsewhere.Instance },
        Probe.Post("/operator/users", Operating) with { Target = DeviceProbes.Fresh, Body = a => new { name = a.Target, role = UserRole.Sales }, Elsewhere = Elsewhere.OwnTenant },
        Probe.Post("/operator/users/disable", Operating) with { Target = NamedUserAsync, Body = a => new { name = a.Target } },
        Probe.Post("/operator/users/link", Operating) with { Target = NamedUserAsync, Body = a => new { name = a.Target } },
        Probe.Post("/operator/sign-in-link", Operating) with
        {
            // The user that a first start makes; other tenants have none of the name.
            Shows = _ => "user.unknown", Status = HttpStatusCode.NotFound, Elsewhere = Elsewhere.Instance,
        },
        Probe.Get("/operator/settings", Policies.Operate) with { Shows = _ => "\"maxDevices\"" },
        new Probe("PUT", "/operator/settings", Policies.Operate)
        {
            Target = w => Task.FromResult(w.Fresh().Split('-')[^1]),
            Body = a => new { retentionDays = 40 + int.Parse(a.Target, System.Globalization.CultureInfo.InvariantCulture) % 300, silenceAfterSeconds = 700 },
            Elsewhere = Elsewhere.OwnTenant,
        },
        Probe.Get("/operator/enrolment", Operating) with { Shows = _ => "\"isIssued\":true" },
        Probe.Post("/operator/enrolment/rotate", Operating) with { Elsewhere = Elsewhere.OwnTenant },
        Probe.Get("/operator/unregistered", Operating) with { Shows = a => a.World.ClaimedId },
        Probe.Get("/operator/devices", Operating) with { Shows = a => a.World.Van.Name },
        Probe.Post("/operator/devices", Operating) with { Target = DeviceProbes.Fresh, Body = a => new { id = a.Target }, Elsewhere = Elsewhere.OwnTenant },
        Probe.Post("/operator/devices/import", Operating) with { Target = DeviceProbes.Fresh, Body = a => new { devices = new[] { new { id = a.Target } } }, Elsewhere = Elsewhere.OwnTenant },
        Probe.Post("/operator/devices/admit", Operating) with { Target = w => w.NewClaimAsync(), Body = a => new { id = a.Target } },
        Change("rotate"),
        Probe.Post("/operator/devices/rename", Operating) with { Target = w => w.NewDeviceAsync(), Body = a => new { id = a.Target, name = a.World.Fresh() } },
        Probe.Post("/operator/devices/set", Operating) with
        {
            Target = w => w.NewDeviceAsync(), Body = a => new { id = a.Target, name = a.World.Fresh(), kind = "person", phone = "+598 99 123" },
        },
        Change("disable"),
        Change("revoke"),
        Probe.Post("/operator/devices/enable", Operating) with { Target = DeviceProbes.DisabledDeviceAsync, Body = a => new { id = a.Target } },
        Probe.Post("/operator/tracks/import", Operating) with
        {
            Target = w => w.NewDeviceAsync(), Address = a => $"/operator/tracks/import?device={Uri.EscapeDataString(a.Target)}", Body = _ => Walk(),
        },
        Probe.Post("/operator/maintenance", Operating) with
        {
            // Without the file that declares it, which nobody but the operator can make, it is refused: the server goes on.
            Shows = _ => "maintenance.not-declared", Status = HttpStatusCode.BadRequest, Elsewhere = Elsewhere.Instance,
        },
    ];

    private static Probe Change(string what) => Probe.Post($"/operator/devices/{what}", Operating) with { Target = w => w.NewDeviceAsync(), Body = a => new { id = a.Target } };

    private static async Task<string> NamedUserAsync(TenantWorld world)
    {
        var name = world.Fresh();
        await world.DecideAsync(new AddUser(Guid.CreateVersion7(), name, UserRole.Sales));
        return name;
    }

    private static StringContent Walk()
    {
        var at = Api.TestTenant.Day.ToDateTimeOffset().AddHours(3).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        return new StringContent(
            $"""<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg><trkpt lat="1" lon="2"><time>{at}</time></trkpt></trkseg></trk></gpx>""",
            Encoding.UTF8, "application/gpx+xml");
    }
}
