using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.Hub.Tests.Identity;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Tenants;

[Collection(ServerCollection.Name)]
public sealed class UsersApiTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_an_admin_When_he_adds_changes_disables_and_enables_Then_it_holds_for_the_open_session_too()
    {
        var tenant = await TestTenant.CreateAsync(Server, "users-all");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        using var added = await PostAsync(admin, "", JsonContent.Create(new UserToAdd("users-ben", UserRole.Dispatcher), AdministrationJson.Default.UserToAdd));
        var link = (await added.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer))!;
        Assert.StartsWith("<svg", link.QrSvg, StringComparison.Ordinal);
        using var ben = Person.Of(Server, "users-ben");
        using var redeemed = await ben.SendAsync(new Uri(link.Url).AbsolutePath, new Uri(link.Url).AbsolutePath);
        Assert.Equal(UserRole.Dispatcher, await ben.RoleAsync());

        await ExpectAsync(HttpStatusCode.NoContent, null, PostAsync(admin, "/users-ben/role", Role(UserRole.Technician)));
        Assert.Equal(UserRole.Technician, await ben.RoleAsync());
        await ExpectAsync(HttpStatusCode.NoContent, null, PostAsync(admin, "/users-ben/disable"));
        Assert.Null(await ben.RoleAsync());
        await ExpectAsync(HttpStatusCode.NoContent, null, PostAsync(admin, "/users-ben/enable"));
        Assert.Null(await ben.RoleAsync()); // his old session stays over

        var list = (await admin.GetFromJsonAsync("/api/v1/users", AdministrationJson.Default.UserPage))!.Users;
        Assert.Equal(
            ["users-all-admin admin False", "users-ben technician False"], list.Select(u => $"{u.Name} {u.Role} {u.IsDisabled}"));
    }

    [Fact]
    public async Task Given_the_last_admin_When_disabled_or_demoted_Then_refused_and_two_at_once_leave_one()
    {
        var tenant = await TestTenant.CreateAsync(Server, "users-last");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        await ExpectAsync(HttpStatusCode.Conflict, "user.last-admin", PostAsync(admin, "/users-last-admin/disable"));
        await ExpectAsync(HttpStatusCode.Conflict, "user.last-admin", PostAsync(admin, "/users-last-admin/role", Role(UserRole.Auditor)));
        await ExpectAsync(HttpStatusCode.OK, null, PostAsync(admin, "", JsonContent.Create(new UserToAdd("users-last-2", UserRole.Admin), AdministrationJson.Default.UserToAdd)));

        var both = await Task.WhenAll(
            Server.Operator.PostAsync(new Uri("/api/v1/users/users-last-admin/disable?tenant=users-last", UriKind.Relative), null),
            Server.Operator.PostAsync(new Uri("/api/v1/users/users-last-2/disable?tenant=users-last", UriKind.Relative), null));

        Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.Conflict], both.Select(a => a.StatusCode).Order());
    }

    [Fact]
    public async Task Given_another_role_or_another_tenant_When_users_are_changed_Then_refused_and_nothing_is_said()
    {
        var theirs = await TestTenant.CreateAsync(Server, "users-theirs");
        using var theirAdmin = await theirs.SignedInAsync(UserRole.Admin);
        var ours = await TestTenant.CreateAsync(Server, "users-ours");
        string[] changes = ["/users-theirs-admin/disable", "/users-theirs-admin/enable", "/users-theirs-admin/link", "/users-theirs-admin/sign-out"];
        foreach (var role in UserRole.All)
        {
            using var browser = await ours.SignedInAsync(role);
            var (status, code) = role == UserRole.Admin ? (HttpStatusCode.NotFound, "user.unknown") : (HttpStatusCode.Forbidden, "auth.forbidden");
            foreach (var change in changes)
                await ExpectAsync(status, code, PostAsync(browser, change));
            await ExpectAsync(status, code, PostAsync(browser, "/users-theirs-admin/role", Role(UserRole.Sales)));
            using var list = await browser.GetAsync(new Uri("/api/v1/users?tenant=users-theirs", UriKind.Relative));
            Assert.DoesNotContain("users-theirs-admin", await list.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.True(await theirAdmin.GetAsync(new Uri("/api/v1/users", UriKind.Relative)) is { StatusCode: HttpStatusCode.OK });
    }

    [Fact]
    public async Task Given_the_command_line_When_people_are_managed_Then_it_says_what_is_so_and_draws_the_link()
    {
        await TestTenant.CreateAsync(Server, "users-cli");
        var added = await Server.RunAsync("user", "add", "users-cli-1", "--role", "admin", "--qr", "--tenant", "users-cli");
        Assert.Equal(0, added.ExitCode);
        Assert.Matches("/sign-in/[0-9a-z]{32}\n$", added.Output);
        var picture = added.Error.Split('\n').Where(line => line.Length > 20 && line.All(c => c is '█' or '▀' or '▄' or ' ')).ToArray();
        Assert.InRange(picture.Length, 15, 40);
        Assert.Single(picture.Select(line => line.Length).Distinct());
        await Server.RunAsync("user", "add", "users-cli-2", "--role", "sales", "--tenant", "users-cli");

        var refused = await Server.RunAsync("user", "disable", "users-cli-1", "--tenant", "users-cli");
        Assert.Equal((1, "user.last-admin: This is the tenant's last admin: make another one first.\n"), (refused.ExitCode, refused.Error));
        Assert.Equal("user users-cli-2 is auditor now\n", (await Server.RunAsync("user", "role", "users-cli-2", "auditor", "--tenant", "users-cli")).Output);
        Assert.Equal("user users-cli-2 disabled\n", (await Server.RunAsync("user", "disable", "users-cli-2", "--tenant", "users-cli")).Output);
        var list = (await Server.RunAsync("user", "list", "--tenant", "users-cli")).Output.TrimEnd('\n').Split('\n');
        Assert.Matches("^users-cli-2 +auditor +[-0-9]+ [:0-9]+Z +disabled$", list[2]);
    }

    [Fact]
    public async Task Given_open_connections_When_a_user_is_disabled_demoted_or_signs_out_Then_each_is_told_once()
    {
        var tenant = await TestTenant.CreateAsync(Server, "users-live");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        var endings = Server.Get<SessionEndings>();
        foreach (var change in new[] { "disable", "role", "sign-out" })
        {
            var name = $"users-live-{change}";
            await ExpectAsync(HttpStatusCode.OK, null, PostAsync(admin, "", JsonContent.Create(new UserToAdd(name, UserRole.Dispatcher), AdministrationJson.Default.UserToAdd)));
            var row = (await Server.Get<TenantAdministration>().FindUserAsync(tenant.Id, name, CancellationToken.None))!;
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var count = 0;
            using var watch = endings.Watch(SessionCookie.Principal(row.UserId, tenant.Id, row.Role, row.SessionStamp), () =>
            {
                Interlocked.Increment(ref count);
                ended.TrySetResult();
            });
            await endings.AskAsync(null, CancellationToken.None);
            Assert.Equal(0, count);

            await ExpectAsync(HttpStatusCode.NoContent, null, PostAsync(admin, $"/{name}/{change}", change == "role" ? Role(UserRole.Sales) : null));

            await ended.Task.WaitAsync(TimeSpan.FromSeconds(5));
            await endings.AskAsync(null, CancellationToken.None);
            Assert.Equal(1, count);
        }
    }

    private static JsonContent Role(string role) => JsonContent.Create(new RoleToGive(role), AdministrationJson.Default.RoleToGive);

    private static Task<HttpResponseMessage> PostAsync(HttpClient browser, string path, HttpContent? content = null) =>
        browser.PostAsync(new Uri($"/api/v1/users{path}", UriKind.Relative), content);

    private static async Task ExpectAsync(HttpStatusCode status, string? code, Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == answer.StatusCode, $"{answer.StatusCode} {text}");
        if (code is not null)
            Assert.Equal(code, JsonElement.Parse(text).GetProperty("code").GetString());
    }
}
