using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FieldCrm.Hub.Tests.Identity;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Supervision;

/// <summary>The plug pulled for real: an admin's browser asks, the server dies of SIGKILL in the midst of the fleet's stream.</summary>
[Trait("Category", "Slow")]
public sealed partial class PlugTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Given_a_fleet_that_reports_When_the_plug_is_pulled_Then_another_process_serves_and_the_sender_misses_nothing()
    {
        DemoRoads.Ensure();
        await using var hub = new HubProcess { DrivesDemo = true };
        await hub.StartReadyAsync();
        await hub.SaysAsync("sign in: ", Deadline);
        using var admin = await Person.RedeemAsync(new Uri(SignInLink().Match(hub.Output).Groups["link"].Value), "admin");
        await Eventually.TrueAsync(async () => (await GetAsync(admin, "")).GetProperty("isDriving").GetBoolean(), Deadline, () => hub.Output);
        var before = await GetAsync(admin, "");
        Assert.True(before.GetProperty("canPullPlug").GetBoolean());
        Assert.Equal(hub.ServerId, before.GetProperty("processId").GetInt32());

        var since = await PullAsync(admin, before.GetProperty("serverUnixMs").GetDouble());
        await hub.SaysAsync("the server ended (exit code 137", Deadline); // 128 + SIGKILL
        await hub.SaysAsync("the server is back", Deadline);

        Assert.NotEqual(before.GetProperty("processId").GetInt32(), hub.ServerId);
        JsonElement count = default;
        await Eventually.TrueAsync(
            async () => (count = await GetAsync(admin, $"/count?since={since}")).GetProperty("acknowledgedSince").GetInt32() > 100, Deadline, () => $"{count} {hub.Output}");
        var acknowledged = count.GetProperty("acknowledged").GetInt32();
        Assert.Equal((acknowledged, 0), (count.GetProperty("stored").GetInt32(), count.GetProperty("lost").GetInt32()));
        Assert.True(acknowledged > count.GetProperty("acknowledgedSince").GetInt32(), "some were acknowledged before the kill");
        Assert.True(count.GetProperty("unanswered").GetInt32() > 0, "some were under way");
        Assert.InRange(count.GetProperty("outageMs").GetInt64(), 1, (long)Deadline.TotalMilliseconds);
        var audit = JsonElement.Parse(await admin.Http.GetStringAsync(new Uri("/api/v1/audit?kind=PlugPulled", UriKind.Relative)));
        var entry = Assert.Single(audit.GetProperty("entries").EnumerateArray());
        Assert.Equal(
            ("user", before.GetProperty("processId").GetInt32()),
            (entry.GetProperty("by").GetProperty("kind").GetString(), entry.GetProperty("details").GetProperty("processId").GetInt32()));
    }

    /// <summary>The moment that the server names; where it took its answer with it, when it was last asked.</summary>
    private static async Task<long> PullAsync(Person admin, double askedUnixMs)
    {
        var session = JsonElement.Parse(await admin.Http.GetStringAsync(new Uri("/session", UriKind.Relative)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/dispatch/show-me/plug") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Headers.Add(session.GetProperty("antiforgeryHeader").GetString()!, session.GetProperty("antiforgeryToken").GetString());
        try
        {
            using var answer = await admin.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            return (long)JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("atUnixMs").GetDouble();
        }
        catch (HttpRequestException)
        {
            return (long)askedUnixMs;
        }
    }

    private static async Task<JsonElement> GetAsync(Person admin, string path) =>
        JsonElement.Parse(await admin.Http.GetStringAsync(new Uri($"/dispatch/show-me{path}", UriKind.Relative)));

    [GeneratedRegex("^sign in: (?<link>http[^ \r\n]+)", RegexOptions.Multiline)]
    private static partial Regex SignInLink();
}
