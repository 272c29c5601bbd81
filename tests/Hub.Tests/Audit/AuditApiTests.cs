using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Audit;

[Collection(ServerCollection.Name)]
public sealed class AuditApiTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_acts_of_the_operator_and_of_an_admin_When_listed_Then_each_names_who_did_it_and_to_whom()
    {
        var tenant = await TestTenant.CreateAsync(Server, "audit-who");
        await tenant.DeviceAsync("van");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        await RenameAsync(admin, "van", "Blue van");

        var entries = (await tenant.GetAsync("/api/v1/audit")).GetProperty("entries").EnumerateArray().ToArray();

        Assert.Equal(
            ["4 DeviceRenamed user audit-who-admin", "3 LinkCreated operator ", "2 UserAdded operator ", "1 DeviceRegistered operator "],
            entries.Select(e => $"{e.GetProperty("number")} {e.GetProperty("kind")} {e.GetProperty("by").GetProperty("kind")} {Text(e.GetProperty("by"), "name")}"));
        Assert.Equal("van", Text(entries[0], "device"));
        Assert.Equal("""{"name":"Blue van"}""", entries[0].GetProperty("details").GetRawText());
        Assert.Equal("audit-who-admin", Text(entries[2], "user"));
        Assert.False(entries[3].GetProperty("details").TryGetProperty("tokenHash", out _));
    }

    [Fact]
    public async Task Given_many_acts_When_paged_and_filtered_Then_every_one_comes_once()
    {
        var tenant = await TestTenant.CreateAsync(Server, "audit-pages");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        for (var i = 0; i < 5; i++)
            await tenant.DeviceAsync($"d{i}");
        for (var i = 0; i < 5; i++)
            await RenameAsync(admin, $"d{i}", $"Device {i}");

        Assert.Equal([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], await NumbersAsync(""));
        Assert.Equal([12, 11, 10, 9, 8], await NumbersAsync("&kind=DeviceRenamed"));
        Assert.Equal([12, 11, 10, 9, 8], await NumbersAsync("&actor=audit-pages-admin"));
        Assert.Equal([7, 6, 5, 4, 3, 2, 1], await NumbersAsync("&actor=operator"));
        Assert.Empty(await NumbersAsync("&actor=unknown"));
        Assert.Empty(await NumbersAsync("&to=2020-01-01"));
        Assert.Empty(await NumbersAsync("&from=2120-01-01"));
        Assert.Equal(12, (await NumbersAsync("&from=2020-01-01&to=2120-01-01")).Count);

        async Task<List<int>> NumbersAsync(string filter)
        {
            var numbers = new List<int>();
            for (string? cursor = null; ;)
            {
                var page = await tenant.GetAsync($"/api/v1/audit?limit=2{filter}{(cursor is null ? "" : $"&cursor={cursor}")}");
                numbers.AddRange(page.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("number").GetInt32()));
                cursor = Text(page, "nextCursor");
                if (cursor is null)
                    return numbers;
            }
        }
    }

    [Fact]
    public async Task Given_an_event_from_before_actors_were_kept_When_listed_Then_who_did_it_is_unknown()
    {
        // Of its own, since an event that was never chained is what the shared server's ledger must not have.
        await using var server = await InProcessServer.StartAsync();
        var tenant = await TestTenant.CreateAsync(server, "audit-old");
        await using var owner = NpgsqlDataSource.Create(server.Database.Owner!);
        await using var old = owner.CreateCommand(
            $$"""
            INSERT INTO fieldcrm.event (stream, version, tenant_id, type, recorded_at, commitment, prev_hash, hash, seq)
                VALUES ('tenant/{{tenant.Id}}', 1, {{tenant.Id}}, 'DeviceDisabled', now(), '', '', '', 0);
            INSERT INTO fieldcrm.event_payload VALUES ('tenant/{{tenant.Id}}', 1, {{tenant.Id}}, '', '{"device":17}')
            """);
        await old.ExecuteNonQueryAsync();

        var entry = Assert.Single((await tenant.GetAsync("/api/v1/audit?actor=unknown")).GetProperty("entries").EnumerateArray().ToArray());

        Assert.Equal("""{"kind":"unknown"}""", entry.GetProperty("by").GetRawText());
    }

    [Fact]
    public async Task Given_each_role_When_the_audit_log_is_read_Then_admins_and_auditors_may_and_see_their_own_tenant()
    {
        var theirs = await TestTenant.CreateAsync(Server, "audit-theirs");
        await theirs.DeviceAsync("canary-7f3a");
        var ours = await TestTenant.CreateAsync(Server, "audit-ours");
        foreach (var role in UserRole.All)
        {
            using var browser = await ours.SignedInAsync(role);
            using var answer = await browser.GetAsync(new Uri("/api/v1/audit?tenant=audit-theirs", UriKind.Relative));
            var may = role is UserRole.Admin or UserRole.Auditor;
            Assert.Equal((role, may ? HttpStatusCode.OK : HttpStatusCode.Forbidden), (role, answer.StatusCode));
            Assert.DoesNotContain("canary-7f3a", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        using var nobody = await Server.Visitor.GetAsync(new Uri("/api/v1/audit", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
    }

    [Theory]
    [InlineData("kind=Nonsense", HttpStatusCode.BadRequest, "query.kind-invalid")]
    [InlineData("cursor=x", HttpStatusCode.BadRequest, "query.cursor-invalid")]
    [InlineData("cursor=LTE", HttpStatusCode.BadRequest, "query.cursor-invalid")]
    [InlineData("limit=1001", HttpStatusCode.BadRequest, "query.limit-invalid")]
    [InlineData("from=now", HttpStatusCode.BadRequest, "query.from-invalid")]
    [InlineData("actor=", HttpStatusCode.BadRequest, "query.actor-invalid")]
    [InlineData("actor=nobody-of-this-name", HttpStatusCode.NotFound, "user.unknown")]
    [InlineData("actor=%00", HttpStatusCode.NotFound, "user.unknown")]
    public async Task Given_a_damaged_parameter_When_asked_Then_refused_with_its_code(string query, HttpStatusCode status, string code)
    {
        using var answer = await Server.Operator.GetAsync(new Uri($"/api/v1/audit?{query}", UriKind.Relative));

        Assert.Equal((status, code), (answer.StatusCode, Text(JsonElement.Parse(await answer.Content.ReadAsStringAsync()), "code")));
    }

    [Fact]
    public async Task Given_the_command_line_When_audit_is_listed_Then_lines_say_when_who_what_and_about()
    {
        await TestTenant.CreateAsync(Server, "audit-cli");
        await Server.RunAsync("device", "add", "van", "--tenant", "audit-cli");

        var (exit, output, _) = await Server.RunAsync("audit", "list", "--tenant", "audit-cli", "--kind", "DeviceRegistered", "--from", "2026-01-01");

        Assert.Equal(0, exit);
        var lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(["TIME", "WHO", "WHAT", "ABOUT"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["operator", "DeviceRegistered", "van"], Assert.Single(lines[1..]).Split(' ', StringSplitOptions.RemoveEmptyEntries)[2..]);
    }

    private static async Task RenameAsync(HttpClient admin, string device, string name)
    {
        using var renamed = await admin.PostAsJsonAsync(
            "/api/v1/devices/rename", new DeviceToName(device, name), AdministrationJson.Default.DeviceToName);
        Assert.Equal(HttpStatusCode.NoContent, renamed.StatusCode);
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
