using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Tests.Ingest;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Identity;

/// <summary>The secret worth stealing is the one that is right: where it is used, nothing that an operator collects keeps it.</summary>
[Collection(ServerCollection.Name)]
public sealed class ValidSecretsTests(SharedServer shared)
{
    private static readonly DateTimeOffset Noon = new(TimeProvider.System.GetUtcNow().UtcDateTime.Date.AddDays(-1).AddHours(12), TimeSpan.Zero);

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_secrets_that_are_right_When_they_are_used_Then_no_log_line_trace_or_metric_has_them()
    {
        using var collected = new Collected();
        string[] secrets =
        [
            await ReportAsync(), await EnrolAsync(), await CallAsync(), await SignInAsync(),
            Server.Operator.DefaultRequestHeaders.Authorization!.Parameter!, new NpgsqlConnectionStringBuilder(Server.Database.Silo).Password!,
        ];

        // That something was collected of these very requests.
        foreach (var route in new[] { "/osmand/{token}", "/api/v1/fixes", "/api/v1/devices", "/sign-in/{link}", "/operator/devices" })
            Assert.Contains(collected.Said, line => line.Contains($"http.route={route}", StringComparison.Ordinal));
        Assert.Contains(collected.Said, line => line.StartsWith("Microsoft.AspNetCore Microsoft.AspNetCore.Hosting.HttpRequestIn", StringComparison.Ordinal));
        Assert.Contains(collected.Said, line => line.StartsWith("Npgsql ", StringComparison.Ordinal) && line.Contains("INSERT INTO", StringComparison.Ordinal));
        Assert.All(secrets, secret => Assert.True(secret.Length >= 20, "too short to be a secret"));
        foreach (var secret in secrets)
            Assert.DoesNotContain(collected.Said.Concat(Server.Log), line => line.Contains(secret, StringComparison.Ordinal));
    }

    // Taken, refused for its content, kept aside, and refused because its owner disabled it.
    private async Task<string> ReportAsync()
    {
        var phone = await Phone.RegisterAsync(Server);
        var place = $"lat=-34.9&lon=-56.2&timestamp={Phone.Seconds(Noon)}";
        await ExpectAsync(HttpStatusCode.OK, phone.GetAsync(place));
        await ExpectAsync(HttpStatusCode.OK, phone.PostAsync(new StringContent(place, Encoding.UTF8, "application/x-www-form-urlencoded")));
        await ExpectAsync(HttpStatusCode.OK, phone.PostAsync(Json("""{"location":{"coords":{"latitude":-34.9,"longitude":-56.2}}}""")));
        await ExpectAsync(HttpStatusCode.OK, phone.GetAsync($"lat=-34.9&lon=-56.2&timestamp={Phone.Seconds(Noon.AddDays(9))}"));
        await ExpectAsync(HttpStatusCode.BadRequest, phone.GetAsync("lat=north"));
        await ExpectAsync(HttpStatusCode.BadRequest, phone.PostAsync(Json("{")));
        await ExpectAsync(HttpStatusCode.UnsupportedMediaType, phone.PostAsync(new StringContent("x", Encoding.UTF8, "text/plain")));
        await ExpectAsync(HttpStatusCode.OK, phone.PostFixesAsync(Json($$"""{"fixes":[{"fixedAt":"{{Noon:yyyy-MM-ddTHH:mm:ssZ}}","lat":1,"lon":2}]}""")));
        await ExpectAsync(HttpStatusCode.BadRequest, phone.PostFixesAsync(Json("""{"fixes":[{"lat":1}]}""")));
        await phone.ChangeAsync("disable");
        await Eventually.TrueAsync(async () =>
        {
            using var refused = await phone.GetAsync(place);
            return refused.StatusCode == HttpStatusCode.Forbidden;
        }, TimeSpan.FromSeconds(10));
        return phone.Token;
    }

    private async Task<string> EnrolAsync()
    {
        using var rotated = await Server.Operator.PostAsync(new Uri("/operator/enrolment/rotate", UriKind.Relative), Json("{}"));
        rotated.EnsureSuccessStatusCode();
        using var enrolment = JsonDocument.Parse(await rotated.Content.ReadAsStringAsync());
        var url = enrolment.RootElement.GetProperty("url").GetString()!;
        await ExpectAsync(HttpStatusCode.BadRequest, Server.Visitor.GetAsync(new Uri($"{url}id=a-stranger&lat=1&lon=2&timestamp={Phone.Seconds(Noon)}")));
        return new Uri(url).Segments[^1].TrimEnd('/');
    }

    private async Task<string> CallAsync()
    {
        var token = (await Server.RunAsync("token", "add", "collected", "--role", "auditor", "--days", "1")).Output.TrimEnd('\n');
        using var client = new HttpClient { BaseAddress = Server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        await ExpectAsync(HttpStatusCode.OK, client.GetAsync(new Uri("/api/v1/devices", UriKind.Relative)));
        await ExpectAsync(HttpStatusCode.OK, client.GetAsync(new Uri("/api/v1/devices?search=" + token, UriKind.Relative)));
        await ExpectAsync(HttpStatusCode.NotFound, client.GetAsync(new Uri("/api/v1/devices/nobody-has-it", UriKind.Relative)));
        await ExpectAsync(HttpStatusCode.Forbidden, client.PostAsync(new Uri("/api/v1/users", UriKind.Relative), Json("""{"name":"x","role":"admin"}""")));
        return token;
    }

    private async Task<string> SignInAsync()
    {
        using var answer = await Server.Operator.PostAsJsonAsync(
            "/operator/users", new UserToAdd("collected", "admin"), AdministrationJson.Default.UserToAdd);
        var link = (await answer.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer))!.Url;
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Server.Address };
        await ExpectAsync(HttpStatusCode.SeeOther, SignInTests.RedeemAsync(browser, link));
        await ExpectAsync(HttpStatusCode.Gone, SignInTests.RedeemAsync(browser, link));
        return new Uri(link).Segments[^1];
    }

    private static async Task ExpectAsync(HttpStatusCode status, Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode} instead of {status}: {await answer.Content.ReadAsStringAsync()}");
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    /// <summary>What a collector of traces and metrics inside the process would be told.</summary>
    private sealed class Collected : IDisposable
    {
        private const string OurOwnClient = "System.Net.Http"; // of this test: it knows what it asks for

        private readonly ConcurrentQueue<string> _said = new();
        private readonly ActivityListener _traces;
        private readonly MeterListener _metrics;

        public Collected()
        {
            _traces = new ActivityListener
            {
                ShouldListenTo = static source => source.Name != OurOwnClient,
                Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = activity => _said.Enqueue(Text(activity)),
            };
            ActivitySource.AddActivityListener(_traces);
            _metrics = new MeterListener
            {
                InstrumentPublished = static (instrument, listener) =>
                {
                    if (instrument.Meter.Name != OurOwnClient)
                        listener.EnableMeasurementEvents(instrument);
                },
            };
            _metrics.SetMeasurementEventCallback<int>((instrument, _, tags, _) => _said.Enqueue(Text(instrument, tags)));
            _metrics.SetMeasurementEventCallback<long>((instrument, _, tags, _) => _said.Enqueue(Text(instrument, tags)));
            _metrics.SetMeasurementEventCallback<double>((instrument, _, tags, _) => _said.Enqueue(Text(instrument, tags)));
            _metrics.Start();
        }

        public IReadOnlyCollection<string> Said => _said;

        public void Dispose()
        {
            _traces.Dispose();
            _metrics.Dispose();
        }

        private static string Text(Activity activity) => string.Join(' ',
        [
            activity.Source.Name, activity.OperationName, activity.DisplayName, activity.StatusDescription, .. activity.TagObjects.Select(Text),
            .. activity.Baggage.Select(static tag => $"{tag.Key}={tag.Value}"),
            .. activity.Events.SelectMany(static happened => happened.Tags.Select(Text).Prepend(happened.Name)),
        ]);

        private static string Text(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            string.Join(' ', [instrument.Name, .. tags.ToArray().Select(Text)]);

        private static string Text(KeyValuePair<string, object?> tag) => $"{tag.Key}={tag.Value}";
    }
}
