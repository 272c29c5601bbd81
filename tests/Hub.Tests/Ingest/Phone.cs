using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Ingest;

/// <summary>A registered device of the tests' server, and what the store knows of it.</summary>
internal sealed class Phone(InProcessServer server, string id, string token)
{
    private static int _count;

    public string Id => id;

    public string Token { get; private set; } = token;

    /// <summary>Complete but for the position's parameters.</summary>
    public Uri Url => new($"{server.Address}osmand/{Token}?");

    public static async Task<Phone> RegisterAsync(InProcessServer server)
    {
        var id = $"phone-{Interlocked.Increment(ref _count)}";
        using var answer = await server.Operator.PostAsJsonAsync(new Uri("/operator/devices", UriKind.Relative), new { id });
        answer.EnsureSuccessStatusCode();
        return new Phone(server, id, await TokenOfAsync(answer));
    }

    public async Task RotateAsync()
    {
        using var answer = await server.Operator.PostAsJsonAsync(new Uri("/operator/devices/rotate", UriKind.Relative), new { id });
        answer.EnsureSuccessStatusCode();
        Token = await TokenOfAsync(answer);
    }

    public async Task ChangeAsync(string verb)
    {
        using var answer = await server.Operator.PostAsJsonAsync(new Uri($"/operator/devices/{verb}", UriKind.Relative), new { id });
        answer.EnsureSuccessStatusCode();
    }

    public Task<HttpResponseMessage> GetAsync(string parameters) => server.Visitor.GetAsync(new Uri(Url + parameters));

    public Task<HttpResponseMessage> PostAsync(HttpContent content) => server.Visitor.PostAsync(Url, content);

    public async Task<HttpResponseMessage> PostFixesAsync(HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/fixes", UriKind.Relative)) { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Token}");
        return await server.Visitor.SendAsync(request);
    }

    /// <summary>Times of the stored fixes, ascending.</summary>
    public Task<List<DateTime>> StoredAsync() => ListAsync(
        "SELECT f.fixed_at FROM fix f JOIN device d USING (device_id) WHERE d.unique_id = $1 ORDER BY f.fixed_at", r => r.GetDateTime(0));

    public Task<List<(string Reason, byte[] Raw)>> QuarantinedAsync() => ListAsync(
        "SELECT q.reason, q.raw FROM quarantine q JOIN device d USING (device_id) WHERE d.unique_id = $1 ORDER BY q.quarantine_id",
        r => (r.GetString(0), r.GetFieldValue<byte[]>(1)));

    public static string Seconds(DateTimeOffset time) => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    public static async Task<string?> CodeOfAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        if (text.Length == 0)
            return null;
        using var problem = JsonDocument.Parse(text);
        return problem.RootElement.TryGetProperty("code", out var code) ? code.GetString() : null;
    }

    private async Task<List<T>> ListAsync<T>(string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var connection = new NpgsqlConnection(server.Database.Silo);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = id });
        await using var row = await command.ExecuteReaderAsync();
        var list = new List<T>();
        while (await row.ReadAsync())
            list.Add(read(row));
        return list;
    }

    private static async Task<string> TokenOfAsync(HttpResponseMessage answer)
    {
        using var credentials = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return credentials.RootElement.GetProperty("token").GetString() ?? throw new InvalidOperationException("No token.");
    }
}
