using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.Hub.Tests.Live;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.People;

/// <summary>A shift from the button on a phone to what is taken in and shown.</summary>
[Collection(ServerCollection.Name)]
public sealed class ShiftTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_phone_that_buffered_When_it_delivers_Then_each_fix_is_taken_by_its_own_time_and_not_by_when_it_comes()
    {
        using var carrier = await Carrier.CreateAsync(Server, "shift-buffered");
        var eight = Carrier.Now.Minus(TimeSpan.FromHours(20));
        await carrier.WorkedAsync(eight, eight.Plus(TimeSpan.FromHours(8)));
        await carrier.WorkedAsync(Carrier.Now.Minus(TimeSpan.FromMinutes(30)), null);

        // In one body: of the first shift, of the night between, of the shift that goes on, of the future, of long ago.
        using var answer = await carrier.PostAsync(
            (eight.Plus(TimeSpan.FromHours(1)), -34.9), (eight.Plus(TimeSpan.FromHours(9)), -34.8), (Carrier.Now, -34.7),
            (Carrier.Now.Plus(TimeSpan.FromMinutes(20)), -34.6), (Carrier.Now.Minus(TimeSpan.FromDays(40)), -34.5),
            (eight.Plus(TimeSpan.FromHours(8)), -34.4), (new UtcMicros(eight.Plus(TimeSpan.FromHours(8)).Value - 1), -34.3), (eight, -34.2));

        Assert.Equal(
            """{"accepted":4,"offShift":3,"quarantined":[{"index":3,"code":"fix.future"}],"rejected":[]}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal(4, await carrier.CountAsync("fix"));
        Assert.Equal(4, await carrier.ScalarAsync(
            $"SELECT count(*) FROM fix WHERE device_id = {carrier.Number} AND round(ST_Y(position)::numeric, 1) IN (-34.9, -34.7, -34.3, -34.2)"));
        // The quarantine has the one fix, never the body, in which the night stands.
        Assert.Equal(1, await carrier.CountAsync("quarantine"));
        Assert.Equal(0, await carrier.ScalarAsync($"SELECT count(*) FROM quarantine WHERE device_id = {carrier.Number} AND position('-34' in encode(raw, 'escape')) > 0"));
    }

    [Fact]
    public async Task Given_a_setting_raised_after_a_shift_When_its_fixes_come_late_Then_they_are_taken_for_the_days_that_were_promised_only()
    {
        using var carrier = await Carrier.CreateAsync(Server, "shift-promised");
        using var changed = await Server.Operator.PutAsync(
            new Uri("/api/v1/settings?tenant=shift-promised", UriKind.Relative),
            new StringContent("""{"retentionDays":90,"silenceAfterSeconds":600,"refoldWindowDays":7,"personRetentionDays":60}""", System.Text.Encoding.UTF8, "application/json"));
        changed.EnsureSuccessStatusCode();
        var longAgo = Carrier.Now.Minus(TimeSpan.FromDays(40));
        await carrier.WorkedAsync(longAgo, longAgo.Plus(TimeSpan.FromHours(1)), promisedDays: 30);
        await carrier.WorkedAsync(longAgo.Plus(TimeSpan.FromHours(2)), longAgo.Plus(TimeSpan.FromHours(3)), promisedDays: 60);

        await Eventually.TrueAsync(async () => // settings are remembered for a few seconds
        {
            using var answer = await carrier.PostAsync((longAgo.Plus(TimeSpan.FromMinutes(1)), -34.9), (longAgo.Plus(TimeSpan.FromMinutes(121)), -34.8));
            return await answer.Content.ReadAsStringAsync() == """{"accepted":1,"offShift":1,"quarantined":[],"rejected":[]}""";
        }, TimeSpan.FromSeconds(20));

        Assert.Equal(1, await carrier.ScalarAsync($"SELECT count(*) FROM fix WHERE device_id = {carrier.Number} AND round(ST_Y(position)::numeric, 1) = -34.8"));
        Assert.Equal(1, await carrier.CountAsync("fix"));
    }

    [Fact]
    public async Task Given_a_shift_that_was_ended_and_a_consent_that_was_withdrawn_When_its_last_fixes_come_late_Then_taken_and_then_not()
    {
        using var carrier = await Carrier.CreateAsync(Server, "shift-late");
        await carrier.AnswerAsync();
        await carrier.BeginShiftAsync();
        var first = Carrier.Now;
        var second = Carrier.Now.Plus(TimeSpan.FromMilliseconds(1));
        await Eventually.TrueAsync(() => Carrier.Now > second, TimeSpan.FromSeconds(5));
        await carrier.EndShiftAsync();

        using (var late = await carrier.PostAsync((first, -34.9)))
            Assert.Equal("""{"accepted":1,"quarantined":[],"rejected":[]}""", await late.Content.ReadAsStringAsync());
        using (var made = await carrier.PostAsync((Carrier.Now, -34.9)))
            Assert.Equal("""{"accepted":0,"offShift":1,"quarantined":[],"rejected":[]}""", await made.Content.ReadAsStringAsync());
        await carrier.WithdrawAsync();
        using (var later = await carrier.PostAsync((second, -34.9)))
            Assert.Equal("""{"accepted":0,"offShift":1,"quarantined":[],"rejected":[]}""", await later.Content.ReadAsStringAsync());

        // A new yes does not bring back what was made under the old one.
        await carrier.AnswerAsync();
        using (var again = await carrier.PostAsync((second, -34.9)))
            Assert.Equal("""{"accepted":0,"offShift":1,"quarantined":[],"rejected":[]}""", await again.Content.ReadAsStringAsync());
        Assert.Equal(1, await carrier.CountAsync("fix"));
    }

    [Fact]
    public async Task Given_a_live_map_and_a_list_When_a_shift_begins_and_ends_Then_he_is_there_and_within_five_seconds_gone()
    {
        using var carrier = await Carrier.CreateAsync(Server, "shift-live");
        var number = (uint)carrier.Number;
        await using var console = await UnitsClient.OpenAsync(Server, "shift-live");
        await console.WatchAsync(1, -35, -57, -34, -56, 11);
        await console.UntilAsync(c => c.Messages.Length > 0);
        await carrier.AnswerAsync();
        Assert.Empty(await ListedAsync(carrier));

        await carrier.BeginShiftAsync();
        await Eventually.TrueAsync(async () => (await ListedAsync(carrier)).Count == 1, TimeSpan.FromSeconds(5));
        Assert.False(console.Units.ContainsKey(number)); // on shift, and nowhere yet
        (await carrier.PostAsync((Carrier.Now, -34.9))).Dispose();
        await console.UntilAsync(c => c.Units.ContainsKey(number));
        Assert.Equal(1, console.Units[number].Kind);

        await carrier.EndShiftAsync();
        await Eventually.TrueAsync(() => !console.Units.ContainsKey(number), TimeSpan.FromSeconds(5));
        await Eventually.TrueAsync(async () => (await ListedAsync(carrier)).Count == 0, TimeSpan.FromSeconds(5));
        Assert.Equal(0, await NearAsync(carrier));

        // The next shift begins with an empty map, not with where the last one ended.
        await carrier.BeginShiftAsync();
        await Eventually.TrueAsync(async () => (await ListedAsync(carrier)) is [{ } unit] && !unit.TryGetProperty("position", out _), TimeSpan.FromSeconds(5));
        Assert.Equal(0, await NearAsync(carrier));
    }

    [Fact]
    public async Task Given_a_user_on_shift_When_he_is_disabled_Then_his_shift_ends_and_nothing_of_him_is_taken_in_or_shown()
    {
        using var carrier = await Carrier.CreateAsync(Server, "shift-disabled");
        await carrier.AnswerAsync();
        await carrier.BeginShiftAsync();
        (await carrier.PostAsync((Carrier.Now, -34.9))).Dispose();
        await Eventually.TrueAsync(async () => await NearAsync(carrier) == 1, TimeSpan.FromSeconds(10));

        using var disabled = await Server.Operator.PostAsJsonAsync(
            new Uri("/operator/users/disable?tenant=shift-disabled", UriKind.Relative), new { name = carrier.Name });
        disabled.EnsureSuccessStatusCode();

        Assert.Equal(1, await carrier.ScalarAsync($"SELECT count(*) FROM person_shift WHERE user_id = '{carrier.Id}' AND ended_why = 'disabled'"));
        await Eventually.TrueAsync(async () => await NearAsync(carrier) == 0, TimeSpan.FromSeconds(5));
        using var dropped = await carrier.PostAsync((Carrier.Now, -34.8));
        Assert.Equal("""{"accepted":0,"offShift":1,"quarantined":[],"rejected":[]}""", await dropped.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Given_shifts_that_cannot_be_read_When_a_person_reports_Then_503_and_nothing_is_dropped_or_stored()
    {
        await using var alone = await InProcessServer.StartAsync();
        using var carrier = await Carrier.CreateAsync(alone, "unknown");
        await using var owner = NpgsqlDataSource.Create(alone.Database.Owner!);
        await carrier.AnswerAsync();
        await carrier.BeginShiftAsync();
        var at = Carrier.Now;

        // Nobody has asked since the shift began, so it must be read now, and cannot be.
        await ExecuteAsync("REVOKE SELECT ON fieldcrm.person_shift FROM fieldcrm_api");
        using (var unknown = await carrier.PostAsync((at, -34.9)))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, unknown.StatusCode);
            Assert.Equal("ingest.unavailable", JsonElement.Parse(await unknown.Content.ReadAsStringAsync()).GetProperty("code").GetString());
            Assert.True(unknown.Headers.RetryAfter is not null);
        }
        Assert.Equal(0, await carrier.CountAsync("fix"));

        await ExecuteAsync("GRANT SELECT ON fieldcrm.person_shift TO fieldcrm_api");
        using (var known = await carrier.PostAsync((at, -34.9)))
            Assert.Equal("""{"accepted":1,"quarantined":[],"rejected":[]}""", await known.Content.ReadAsStringAsync());

        async Task ExecuteAsync(string sql)
        {
            await using var command = owner.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task Given_a_device_of_a_person_When_its_holder_or_kind_is_to_change_Then_what_is_stored_of_him_stays_his()
    {
        using var carrier = await Carrier.CreateAsync(Server, "shift-holder");
        using var other = await Carrier.AddAsync(Server, "shift-holder", carrier.Tenant);
        Assert.Equal("user.unknown", await CodeAsync(carrier.HoldAsync("nobody-of-this-name")));
        await carrier.AnswerAsync();
        await carrier.BeginShiftAsync();
        Assert.Equal("device.holder-on-shift", await CodeAsync(carrier.HoldAsync(other.Name)));
        (await carrier.PostAsync((Carrier.Now, -34.9))).Dispose();
        await carrier.EndShiftAsync();

        Assert.Equal("device.holder-has-positions", await CodeAsync(carrier.HoldAsync(other.Name)));
        Assert.Equal("device.holder-has-positions", await CodeAsync(carrier.HoldAsync(null)));
        using var kind = await Server.Operator.PostAsync(
            new Uri("/operator/devices/set?tenant=shift-holder", UriKind.Relative),
            new StringContent($$"""{"id":"{{carrier.Device}}","kind":"vehicle"}""", System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal((HttpStatusCode.Conflict, true), (kind.StatusCode, (await kind.Content.ReadAsStringAsync()).Contains("device.has-holder", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.NoContent, (await other.HoldAsync(null)).StatusCode); // nothing of his is stored
        await carrier.Tenant.DeviceAsync("van");
        using var van = await Server.Operator.PostAsync(
            new Uri("/operator/devices/hold?tenant=shift-holder", UriKind.Relative),
            new StringContent($$"""{"id":"van","user":"{{other.Name}}"}""", System.Text.Encoding.UTF8, "application/json"));
        Assert.Contains("device.not-person", await van.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<string?> CodeAsync(Task<HttpResponseMessage> sending)
    {
        using var answer = await sending;
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("code").GetString();
    }

    private static async Task<List<JsonElement>> ListedAsync(Carrier carrier) =>
        [.. (await carrier.Tenant.GetAsync("/api/v1/units")).GetProperty("units").EnumerateArray()];

    private static async Task<int> NearAsync(Carrier carrier) =>
        (await carrier.Tenant.GetAsync("/api/v1/positions/nearest?lat=-34.9&lon=-56.16")).GetProperty("devices").GetArrayLength();
}
