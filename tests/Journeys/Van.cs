using System.Globalization;
using System.Net.Http.Json;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.TestKit;

namespace FieldCrm.Journeys;

/// <summary>A device that reports as a phone does: over its own public URL.</summary>
internal sealed class Van(HttpClient http, string url)
{
    public static Task<Van> AddAsync(InProcessServer server, string tenant, string id, string name, string? kind = null) =>
        AddAsync(server.Operator, server.Visitor, tenant, id, name, kind);

    public static async Task<Van> AddAsync(HttpClient asOperator, HttpClient visitor, string tenant, string id, string name, string? kind = null)
    {
        using var answer = await asOperator.PostAsJsonAsync(
            $"/operator/devices?tenant={tenant}", new DeviceToAdd(id, name, Kind: kind), AdministrationJson.Default.DeviceToAdd);
        answer.EnsureSuccessStatusCode();
        var credentials = await answer.Content.ReadFromJsonAsync(AdministrationJson.Default.DeviceCredentials);
        return new Van(visitor, credentials?.Url ?? throw new InvalidOperationException("No URL."));
    }

    /// <param name="age">How long ago it was measured.</param>
    public async Task ReportAsync(double latitude, double longitude, double speedKnots, TimeSpan age = default, string more = "")
    {
        var at = TimeProvider.System.GetUtcNow() - age;
        using var answer = await http.GetAsync(Address(latitude, longitude, speedKnots, at, more));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>As a phone does it: the same report again and again until it is acknowledged.</summary>
    public async Task InsistAsync(double latitude, double longitude, double speedKnots, string more = "")
    {
        var address = Address(latitude, longitude, speedKnots, TimeProvider.System.GetUtcNow(), more);
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    using var answer = await http.GetAsync(address);
                    return answer.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false; // nobody listens just now
                }
            },
            Chromium.Patience);
    }

    private Uri Address(double latitude, double longitude, double speedKnots, DateTimeOffset at, string more) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"{url}lat={latitude:0.######}&lon={longitude:0.######}&speed={speedKnots}&bearing=45&accuracy=6&batt=81&timestamp={at.ToUnixTimeSeconds()}{more}"));
}
