using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.People;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.People;

/// <summary>A technician with a browser and a phone that is his own, in a tenant of a test.</summary>
internal sealed partial class Carrier(InProcessServer server, string tenantName, TestTenant tenant, string name, Guid id, HttpClient browser) : IDisposable
{
    private static int _count;

    public TestTenant Tenant => tenant;

    public string TenantName => tenantName;

    public string Name => name;

    public Guid Id => id;

    /// <summary>Signed in as himself.</summary>
    public HttpClient Browser => browser;

    public required string Device { get; init; }

    public required string Token { get; init; }

    public required string BareId { get; init; }

    public required int Number { get; init; }

    /// <summary>In a tenant that is there already.</summary>
    public static async Task<Carrier> AddAsync(InProcessServer server, string tenantName, TestTenant tenant, string role = UserRole.Technician)
    {
        var number = Interlocked.Increment(ref _count);
        var (device, bare) = ($"own-{number}", $"bare-{number}");
        var browser = await tenant.SignedInAsync(role, $"{tenantName}-{role}-{number}");
        var person = (await server.Get<TenantAdministration>().FindUserAsync(tenant.Id, $"{tenantName}-{role}-{number}", CancellationToken.None))!;
        using var added = await server.Operator.PostAsJsonAsync(
            new Uri($"/operator/devices?tenant={tenantName}", UriKind.Relative), new { id = device, kind = "person", bareId = bare });
        Assert.True(added.IsSuccessStatusCode, await added.Content.ReadAsStringAsync());
        var token = (await added.Content.ReadFromJsonAsync(AdministrationJson.Default.DeviceCredentials))!.Token;
        var carrier = new Carrier(server, tenantName, tenant, person.Name, person.UserId, browser)
        {
            Device = device, Token = token, BareId = bare, Number = await tenant.NumberAsync(device),
        };
        Assert.Equal(HttpStatusCode.NoContent, (await carrier.HoldAsync(person.Name)).StatusCode);
        return carrier;
    }

    public static async Task<Carrier> CreateAsync(InProcessServer server, string tenantName) =>
        await AddAsync(server, tenantName, await TestTenant.CreateAsync(server, tenantName));

    /// <summary>Says who carries the device; null: nobody.</summary>
    public Task<HttpResponseMessage> HoldAsync(string? user) => server.Operator.PostAsJsonAsync(
        $"/operator/devices/hold?tenant={tenantName}", new DeviceToHold(Device, user), AdministrationJson.Default.DeviceToHold);

    public Task<string> PageAsync(string path = "/me") => browser.GetStringAsync(new Uri(path, UriKind.Relative));

    /// <summary>Reads the notice as it stands on his page, and answers it.</summary>
    public async Task AnswerAsync(string answer = "yes")
    {
        var page = await PageAsync("/me?notice=1&lang=en");
        var fields = HiddenField().Matches(page).ToDictionary(m => m.Groups["name"].Value, m => WebUtility.HtmlDecode(m.Groups["value"].Value));
        await SendAsync("/me/consent", ("answer", answer), ("language", fields["language"]), ("hash", fields["hash"]));
    }

    public async Task BeginShiftAsync() => await SendAsync("/me/shift", ("on", "1"));

    public async Task EndShiftAsync() => await SendAsync("/me/shift", ("on", "0"));

    public Task WithdrawAsync() => SendAsync("/me/withdraw");

    public async Task<string> SendAsync(string action, params (string Name, string Value)[] fields)
    {
        using var answer = await browser.PostAsync(
            new Uri(action, UriKind.Relative), new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text); // the client follows to the page that says how he stands
        return text;
    }

    /// <summary>A shift that lies in the past, as if he had begun and ended it then; under a consent of its own.</summary>
    public Task WorkedAsync(UtcMicros from, UtcMicros? to, int promisedDays = 30) => ExecuteAsync(
        $"""
        INSERT INTO person_consent (tenant_id, user_id, answered_at, is_given, purpose, channel, language, notice_version, retention_days, text_hash)
            VALUES ($1, $2, $3, true, 'positions', 'own-page', 'en', 1, {promisedDays}, '\x00') ON CONFLICT DO NOTHING;
        INSERT INTO person_shift (tenant_id, user_id, started_at, consent_at, ended_at, ended_why) VALUES ($1, $2, $3, $3, $4, 'person');
        SELECT pg_notify('fieldcrm_directory', 'person:' || $2::text)
        """, from, to);

    /// <summary>Sends fixes as an app of ours does.</summary>
    public async Task<HttpResponseMessage> PostAsync(params (UtcMicros At, double Lat)[] fixes)
    {
        var body = string.Join(',', fixes.Select(f => string.Create(
            CultureInfo.InvariantCulture, $$"""{"fixedAt":"{{f.At.ToDateTimeOffset().UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}}","lat":{{f.Lat}},"lon":-56.1645}""")));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/fixes", UriKind.Relative))
        {
            Content = new StringContent($$"""{"fixes":[{{body}}]}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Token}");
        return await server.Visitor.SendAsync(request);
    }

    public Task<long> CountAsync(string table) => ScalarAsync($"SELECT count(*) FROM {table} WHERE device_id = {Number.ToString(CultureInfo.InvariantCulture)}");

    public async Task<long> ScalarAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(server.Database.Silo);
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public static UtcMicros Now => UtcMicros.From(TimeProvider.System.GetUtcNow());

    public void Dispose() => browser.Dispose();

    private async Task ExecuteAsync(string sql, UtcMicros from, UtcMicros? to)
    {
        await using var source = NpgsqlDataSource.Create(server.Database.Silo);
        await using var connection = await source.OpenConnectionAsync();
        foreach (var statement in sql.Split(";\n"))
        {
            await using var command = new NpgsqlCommand(statement, connection);
            command.Parameters.AddWithValue(tenant.Id.Value);
            command.Parameters.AddWithValue(id);
            if (statement.Contains("$3", StringComparison.Ordinal))
                command.Parameters.AddWithValue(from.ToDateTimeOffset().UtcDateTime);
            if (statement.Contains("$4", StringComparison.Ordinal))
                command.Parameters.AddWithValue((object?)to?.ToDateTimeOffset().UtcDateTime ?? DBNull.Value);
            await command.ExecuteNonQueryAsync();
        }
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>language|hash)\" value=\"(?<value>[^\"]+)\"")]
    private static partial Regex HiddenField();
}
