using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Api;

/// <summary>Where devices are now is answered from memory: proven by taking the database away.</summary>
public sealed class PositionsFromMemoryTests
{
    private const string Box = "/api/v1/positions?box=11,48,12,60";
    private const string Nearest = "/api/v1/positions/nearest?lat=50.4&lon=11.5&count=2";

    [Fact]
    public async Task Given_names_asked_for_once_When_the_database_is_gone_Then_box_and_nearest_answer_as_before()
    {
        await using var postgres = await PostgresFixture.OwnAsync();
        await using var server = await InProcessServer.StartAsync(existing: await postgres.CreateDatabaseAsync());
        var tenant = await TestTenant.CreateAsync(server, "memory");
        for (var i = 1; i <= 3; i++)
        {
            await tenant.ReportAsync(
                await tenant.DeviceAsync($"van-{i}", $"Van {i}"),
                $$"""{"fixedAt":"{{TestTenant.Day.Plus(TimeSpan.FromHours(i)).ToDateTimeOffset():yyyy-MM-dd'T'HH:mm:ss'Z'}}","lat":{{48 + i}},"lon":11.5}""");
        }
        Assert.Equal(["van-1 Van 1", "van-2 Van 2", "van-3 Van 3"], Named(await tenant.GetAsync(Box)));
        await RenameAsync(server, "van-2", "Lorry");
        await Eventually.TrueAsync(
            async () => Named(await tenant.GetAsync(Box)).Contains("van-2 Lorry"), TimeSpan.FromSeconds(10));

        postgres.Kill();
        try
        {
            Assert.Equal(["van-1 Van 1", "van-2 Lorry", "van-3 Van 3"], Named(await tenant.GetAsync(Box)));
            Assert.Equal(["van-2 Lorry", "van-3 Van 3"], Named(await tenant.GetAsync(Nearest)).Order());
        }
        finally
        {
            await postgres.StartAgainAsync();
        }
    }

    private static async Task RenameAsync(InProcessServer server, string id, string name)
    {
        using var answer = await server.Operator.PostAsJsonAsync(
            "/operator/devices/rename?tenant=memory", new DeviceToName(id, name), AdministrationJson.Default.DeviceToName);
        answer.EnsureSuccessStatusCode();
    }

    private static string[] Named(JsonElement page) =>
        [.. page.GetProperty("devices").EnumerateArray().Select(d => $"{d.GetProperty("id").GetString()} {d.GetProperty("name").GetString()}")];
}
