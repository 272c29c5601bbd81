using System.Net;
using System.Net.Http.Json;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.People;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Silo.People;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace FieldCrm.Hub.Tests.Identity;

[Collection(ServerCollection.Name)]
public sealed class DeviceDirectoryTests(SharedServer shared)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private InProcessServer Server => shared.Server;

    private DeviceDirectory Directory => Server.Get<DeviceDirectory>();

    [Fact]
    public async Task Given_a_device_When_disabled_enabled_and_rotated_Then_its_token_counts_at_once_as_it_should()
    {
        var added = await AddAsync("dir-1");
        var known = await Directory.FindAsync(added.Token, null, default);
        Assert.Equal(ReporterStatus.Known, known.Status);
        Assert.Equal(known, await Directory.FindAsync(added.Token, null, default));

        await PostAsync("disable", "dir-1");
        Assert.Equal(known with { Status = ReporterStatus.Disabled }, await Directory.FindAsync(added.Token, null, default));
        await PostAsync("enable", "dir-1");
        Assert.Equal(known, await Directory.FindAsync(added.Token, null, default));

        using var answer = await PostAsync("rotate", "dir-1");
        var rotated = (await answer.Content.ReadFromJsonAsync(AdministrationJson.Default.DeviceCredentials))!;
        Assert.Equal(ReporterStatus.UnknownToken, (await Directory.FindAsync(added.Token, null, default)).Status);
        Assert.Equal(known, await Directory.FindAsync(rotated.Token, null, default));
        await PostAsync("revoke", "dir-1");
        Assert.Equal(ReporterStatus.UnknownToken, (await Directory.FindAsync(rotated.Token, null, default)).Status);
    }

    [Fact]
    public async Task Given_another_process_When_a_device_is_disabled_here_Then_the_other_forgets_it_too()
    {
        var added = await AddAsync("dir-2");
        await using var database = new FieldCrmDatabase(Server.Database);
        var other = new DeviceDirectory(new DirectoryLookup(database), TimeProvider.System);
        using var listener = new DirectoryListener(
            database, other, new DeviceNames(database), new UserDirectory(database, TimeProvider.System), Server.Get<TokenDirectory>(),
            Server.Get<SessionEndings>(), new ShiftDirectory(database, TimeProvider.System), new PersonalUnits(database, TimeProvider.System),
            Server.Get<PersonVisibility>(), TimeProvider.System, NullLogger<DirectoryListener>.Instance);
        await listener.StartAsync(default);
        await Eventually.TrueAsync(
            async () => (await other.FindAsync(added.Token, null, default)).Status == ReporterStatus.Known, Soon);

        await PostAsync("disable", "dir-2");

        await Eventually.TrueAsync(
            async () => (await other.FindAsync(added.Token, null, default)).Status == ReporterStatus.Disabled, Soon);
        await listener.StopAsync(default);
    }

    [Fact]
    public async Task Given_an_enrolment_url_When_strangers_use_it_Then_they_are_unregistered_until_admitted()
    {
        var tenant = await TenantAsync("dir-tenant");
        using var rotated = await Server.Operator.PostAsJsonAsync("/operator/enrolment/rotate?tenant=dir-tenant", new { });
        var url = (await rotated.Content.ReadFromJsonAsync(AdministrationJson.Default.EnrolmentAnswer))!.Url!;
        var token = new Uri(url).Segments[^1];

        Assert.Equal(Reporter.Unregistered(tenant), await Directory.FindAsync(token, "phone-1", default));
        var seen = new UnregisteredSighting("phone-1", "osmand", UtcMicros.FromUnixSeconds(1), UtcMicros.FromUnixSeconds(2), 3);
        await Server.Get<TenantAdministration>().Grain(tenant).DecideAsync(new NoteUnregistered([seen]), Actor.System);
        var list = await Server.Operator.GetFromJsonAsync(
            "/operator/unregistered?tenant=dir-tenant", AdministrationJson.Default.UnregisteredListAnswer);
        Assert.Equal(("phone-1", 3L, "device admit phone-1"), (list!.Devices[0].Id, list.Devices[0].Requests, list.Devices[0].Admit));

        await PostAsync("admit", "phone-1", "?tenant=dir-tenant");

        var admitted = await Directory.FindAsync(token, "phone-1", default);
        Assert.Equal((ReporterStatus.Known, tenant), (admitted.Status, admitted.Tenant));
        Assert.Equal(Reporter.Unregistered(tenant), await Directory.FindAsync(token, "phone-2", default));
        using var again = await Server.Operator.PostAsJsonAsync("/operator/enrolment/rotate?tenant=dir-tenant", new { });
        Assert.Equal(ReporterStatus.UnknownToken, (await Directory.FindAsync(token, "phone-1", default)).Status);
    }

    [Fact]
    public async Task Given_a_bare_id_of_the_operators_list_When_a_tenant_admits_it_Then_it_reports_to_that_tenant()
    {
        var tenant = await TenantAsync("dir-bare");
        const string imei = "356938035643809";
        Assert.Equal(Reporter.Unregistered(TenantAdministration.Operator), await Directory.FindBareAsync(imei, default));
        var seen = new UnregisteredSighting(imei, "gt06", UtcMicros.FromUnixSeconds(1), UtcMicros.FromUnixSeconds(1), 1);
        await Server.Get<TenantAdministration>().Grain(TenantAdministration.Operator).DecideAsync(new NoteUnregistered([seen]), Actor.System);

        await PostAsync("admit", imei, "?tenant=dir-bare");

        var admitted = await Directory.FindBareAsync(imei, default);
        Assert.Equal((ReporterStatus.Known, tenant), (admitted.Status, admitted.Tenant));
        using var twice = await Server.Operator.PostAsJsonAsync(
            "/operator/devices/admit?tenant=dir-bare", new DeviceToName(imei), AdministrationJson.Default.DeviceToName);
        Assert.Equal(HttpStatusCode.NotFound, twice.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nobody")]
    [InlineData("0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghjkmnpqrstvwxyz0123456789")]
    public async Task Given_a_token_of_nobody_When_asked_Then_unknown(string token) =>
        Assert.Equal(ReporterStatus.UnknownToken, (await Directory.FindAsync(token, "x", default)).Status);

    [Fact]
    public async Task Given_a_known_token_When_asked_again_Then_it_is_answered_without_waiting_or_allocating()
    {
        var added = await AddAsync("dir-3");
        await Directory.FindAsync(added.Token, null, default);
        const int calls = 1_000;

        var before = GC.GetAllocatedBytesForCurrentThread();
        var completed = 0;
        for (var i = 0; i < calls; i++)
            completed += Directory.FindAsync(added.Token, null, default).IsCompletedSuccessfully ? 1 : 0;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(calls, completed);
        Assert.InRange(allocated, 0, calls * 8); // nothing a call; some of the runtime's own
    }

    private async Task<DeviceCredentials> AddAsync(string id)
    {
        using var answer = await Server.Operator.PostAsJsonAsync(
            "/operator/devices", new DeviceToAdd(id), AdministrationJson.Default.DeviceToAdd);
        return (await answer.Content.ReadFromJsonAsync(AdministrationJson.Default.DeviceCredentials))!;
    }

    private async Task<HttpResponseMessage> PostAsync(string verb, string id, string query = "")
    {
        var answer = await Server.Operator.PostAsJsonAsync(
            $"/operator/devices/{verb}{query}", new DeviceToName(id), AdministrationJson.Default.DeviceToName);
        answer.EnsureSuccessStatusCode();
        return answer;
    }

    private async Task<TenantId> TenantAsync(string name)
    {
        using var answer = await Server.Operator.PostAsJsonAsync(
            "/operator/tenants", new TenantToAdd(name), AdministrationJson.Default.TenantToAdd);
        return new TenantId((await answer.Content.ReadFromJsonAsync(AdministrationJson.Default.TenantAnswer))!.Id);
    }
}
