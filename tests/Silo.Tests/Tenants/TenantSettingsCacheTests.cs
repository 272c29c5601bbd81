using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Silo.Tenants;
using Microsoft.Extensions.Logging.Abstractions;

namespace FieldCrm.Silo.Tests.Tenants;

public sealed class TenantSettingsCacheTests : StoreTest
{
    private static readonly TenantId Tenant = new(1);
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(5);

    private TenantSettingsCache _cache = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await AddTenantAsync(1, """{"retentionDays":10}""");
        _cache = new TenantSettingsCache(Database, Time, NullLogger<TenantSettingsCache>.Instance);
    }

    [Fact]
    public async Task Given_settings_that_became_unreadable_When_asked_again_Then_the_former_count_until_newer_ones_can_be_read()
    {
        Assert.Equal(10, (await _cache.OfAsync(Tenant)).RetentionDays);
        await SetAsync("""{"retentionDays":"ten"}""");
        Time.Advance(Age);
        Assert.Equal(10, (await _cache.OfAsync(Tenant)).RetentionDays);

        await SetAsync("""{"retentionDays":20}""");
        Assert.Equal(10, (await _cache.OfAsync(Tenant)).RetentionDays); // not asked for every fix
        Time.Advance(Age);
        Assert.Equal(20, (await _cache.OfAsync(Tenant)).RetentionDays);
    }

    [Fact]
    public async Task Given_settings_that_cannot_be_read_the_first_time_When_they_can_be_Then_they_are()
    {
        await SetAsync("""{"retentionDays":"ten"}""");
        await Assert.ThrowsAsync<JsonException>(async () => await _cache.OfAsync(Tenant));
        await SetAsync("""{"retentionDays":20}""");
        Assert.Equal(20, (await _cache.OfAsync(Tenant)).RetentionDays);
    }

    private Task SetAsync(string settings) => ExecuteAsync("UPDATE tenant SET settings = $1::jsonb WHERE tenant_id = 1", settings);
}
