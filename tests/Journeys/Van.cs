using System.Globalization;
using System.Net.Http.Json;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.TestKit;

namespace FieldCrm.Journeys;

/// <summary>A device that reports as a phone does: over its own public URL.</summary>
internal sealed class Van(HttpClient http, string url)
{
    public static async Task<Van> AddAsync(InProcessServer server, string tenant, string id, string name)
    {
        using var answer = await server.Operator.PostAsJsonAsync(
            $"/operator/devices?tenant={tenant}", new DeviceToAdd(id, name), AdministrationJson.Default.DeviceToAdd);
        var credentials = await answer.Content.ReadFromJsonAsync(AdministrationJson.Default.DeviceCredentials);
        return new Van(server.Visitor, credentials?.Url ?? throw new InvalidOperationException("No URL."));
    }

    /// <param name="age">How long ago it was measured.</param>
    public async Task ReportAsync(double latitude, double longitude, double speedKnots, TimeSpan age = default)
    {
        var at = TimeProvider.System.GetUtcNow() - age;
        var parameters = string.Create(
            CultureInfo.InvariantCulture,
            $"lat={latitude:0.######}&lon={longitude:0.######}&speed={speedKnots}&bearing=45&accuracy=6&batt=81&timestamp={at.ToUnixTimeSeconds()}");
        using var answer = await http.GetAsync(new Uri($"{url}{parameters}"));
        answer.EnsureSuccessStatusCode();
    }
}
