using System.Net;
using System.Net.Http.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Tenants;

/// <summary>An admin chooses for his tenant and for no other, and not beyond what the operator allows.</summary>
[Collection(ServerCollection.Name)]
public sealed class TenantChoicesTests(SharedServer shared)
{
    private static readonly Uri Settings = new("/api/v1/settings", UriKind.Relative);
    private static readonly Uri Unregistered = new("/api/v1/unregistered", UriKind.Relative);

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_an_admin_When_he_chooses_Then_his_tenant_has_it_and_no_other_and_the_limits_stay()
    {
        var ours = await TestTenant.CreateAsync(Server, "choices-ours");
        var theirs = await TestTenant.CreateAsync(Server, "choices-theirs");
        using var admin = await ours.SignedInAsync(UserRole.Admin);
        using var other = await theirs.SignedInAsync(UserRole.Admin);
        var wanted = new TenantChoices(RetentionDays: 90, SilenceAfterSeconds: 120, RefoldWindowDays: 14, PersonRetentionDays: 20);

        using var changed = await admin.PutAsJsonAsync(Settings, wanted, AdministrationJson.Default.TenantChoices);

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(wanted, await admin.GetFromJsonAsync(Settings, AdministrationJson.Default.TenantChoices));
        Assert.Equal(TenantChoices.Of(TenantSettings.Default), await other.GetFromJsonAsync(Settings, AdministrationJson.Default.TenantChoices));
        var stored = (await Server.Get<TenantAdministration>().Grain(ours.Id).GetStateAsync())?.Settings;
        Assert.Equal(wanted.In(TenantSettings.Default), stored);

        // Who does not know of people's days leaves them as they are, and is told what they are.
        using var again = await admin.PutAsJsonAsync(Settings, wanted with { PersonRetentionDays = null }, AdministrationJson.Default.TenantChoices);
        Assert.Equal(wanted, await again.Content.ReadFromJsonAsync(AdministrationJson.Default.TenantChoices));
        Assert.Equal(wanted, await admin.GetFromJsonAsync(Settings, AdministrationJson.Default.TenantChoices));
    }

    [Fact]
    public async Task Given_choices_out_of_range_Then_they_are_refused_by_their_code()
    {
        var tenant = await TestTenant.CreateAsync(Server, "choices-range");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        using var answer = await admin.PutAsJsonAsync(
            Settings, new TenantChoices(RetentionDays: 7, SilenceAfterSeconds: 600, RefoldWindowDays: 7), AdministrationJson.Default.TenantChoices);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("tenant.retention-too-short", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_every_other_role_and_nobody_Then_neither_is_shown()
    {
        var tenant = await TestTenant.CreateAsync(Server, "choices-roles");
        foreach (var role in UserRole.All.Where(r => r != UserRole.Admin))
        {
            using var browser = await tenant.SignedInAsync(role);
            foreach (var address in new[] { Settings, Unregistered })
            {
                using var answer = await browser.GetAsync(address);
                Assert.Equal((role, HttpStatusCode.Forbidden), (role, answer.StatusCode));
            }
        }
        using var nobody = await Server.Visitor.GetAsync(Unregistered);
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
    }
}
