using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.People;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Leaks;

internal sealed partial class TenantWorld
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private async Task FillAsync()
    {
        await FillPeopleAsync();
        await FillDevicesAsync();
        await FillWalkerAsync();
        await ReportAsync();
        await FillSettingsAsync();
        await UntilToldAsync();
    }

    private async Task FillPeopleAsync()
    {
        foreach (var role in UserRole.All)
        {
            _sessions[role] = Caller.Browser($"{Label}'s {role}", await Tenant.SignedInAsync(role)); // called like the tenant, which is a canary
            var made = await NewTokenAsync(role, Word($"name of a {role}'s token"));
            _programs[role] = Caller.Program($"{Label}'s program of the role {role}", made.Token);
            _secrets.Add(Canary.Secret($"{Label}: a {role}'s token", made.Token));
            _canaries.Add(Canary.Id($"{Label}: id of a token", made.Id));
        }
        DisabledAdmin = Caller.Browser($"{Label}'s admin who was disabled", await DisabledAsync());
        var revoked = await NewTokenAsync(UserRole.Admin);
        await DecideAsync(new RevokeToken(revoked.Id));
        RevokedProgram = Caller.Program($"{Label}'s program whose token was revoked", revoked.Token);

        Keeper = await AddUserAsync("Ñandú " + Word("user's name"), UserRole.Technician);
        _canaries.Add(Canary.Id($"{Label}: user's id", Keeper.Id));
        var hash = Word("password's hash");
        _secrets.Add(Canary.Text($"{Label}: password's hash", hash));
        await DecideAsync(new SetPassword(Keeper.Id, hash));
        var credential = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Word("passkey's credential")));
        await DecideAsync(new AddPasskey(Keeper.Id, new NewPasskey(
            credential, Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Word("passkey's public key"))), Word("passkey's name"), 0, "internal", true, true, true)));
        await DecideAsync(new SignInExternal(
            Guid.CreateVersion7(), $"https://{Word("provider's issuer")}.example", Word("provider's subject"), Word("external user's name"), UserRole.Sales));
        using var link = await _server.Operator.PostAsync(new Uri($"/api/v1/users/{Keeper.Id}/link?tenant={Name}", UriKind.Relative), null);
        var url = (await link.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer))!.Url;
        _secrets.Add(Canary.Secret($"{Label}: one-time link", new Uri(url).Segments[^1]));
    }

    /// <summary>A second admin, signed in, then disabled.</summary>
    private async Task<HttpClient> DisabledAsync()
    {
        var name = Word("disabled user's name");
        var browser = await Tenant.SignedInAsync(UserRole.Admin, name);
        var row = await _server.Get<TenantAdministration>().FindUserAsync(Id, name, CancellationToken.None)
            ?? throw new InvalidOperationException("The user is not there.");
        await DecideAsync(new DisableUser(row.UserId));
        return browser;
    }

    private async Task FillDevicesAsync()
    {
        var word = Word("van's id");
        var name = $"Ñandú <{Word("van's name")}> & \"co\"";
        VanPhone = "598" + _random.NextInt64(1_000_000_000, 10_000_000_000).ToString(CultureInfo.InvariantCulture);
        _canaries.Add(Canary.Text($"{Label}: van's phone", VanPhone));
        using var added = await _server.Operator.PostAsJsonAsync(
            $"/operator/devices?tenant={Name}", new DeviceToAdd($"van/{word} é", name, BareId: Word("van's bare id"), Phone: "+" + VanPhone),
            AdministrationJson.Default.DeviceToAdd);
        added.EnsureSuccessStatusCode();
        var made = (await added.Content.ReadFromJsonAsync(AdministrationJson.Default.DeviceCredentials))!;
        Van = new WorldDevice(made.Id, name, await Tenant.NumberAsync(made.Id), made.Token);
        VanNote = Word("why the van is busy");
        await SetAvailabilityAsync(Van.Number, AvailabilityStatus.Busy, VanNote);
        var gone = await Tenant.DeviceAsync(Word("disabled device's id"), Word("disabled device's name"));
        Disabled = new WorldDevice(gone.Id, gone.Id, await Tenant.NumberAsync(gone.Id), gone.Token);
        await DecideAsync(new DisableDevice(new(Disabled.Number)));
        foreach (var device in new[] { Van, Disabled })
        {
            _canaries.Add(Canary.Number($"{Label}: device's number", device.Number));
            _secrets.Add(Canary.Secret($"{Label}: device's token", device.Token));
        }
        await NewEnrolmentAsync();
        ClaimedId = await NewClaimAsync(Word("id that an unregistered device claims"));
    }

    private async Task FillWalkerAsync()
    {
        var name = Word("walker's name");
        using var added = await _server.Operator.PostAsJsonAsync(
            $"/operator/devices?tenant={Name}", new DeviceToAdd(Word("walker's id"), name, Kind: "person"), AdministrationJson.Default.DeviceToAdd);
        var made = (await added.Content.ReadFromJsonAsync(AdministrationJson.Default.DeviceCredentials))!;
        Walker = new WorldDevice(made.Id, name, await Tenant.NumberAsync(made.Id), made.Token);
        _canaries.Add(Canary.Number($"{Label}: walker's number", Walker.Number));
        _secrets.Add(Canary.Secret($"{Label}: walker's token", Walker.Token));
        using var held = await _server.Operator.PostAsJsonAsync(
            $"/operator/devices/hold?tenant={Name}", new DeviceToHold(Walker.Id, Keeper.Name), AdministrationJson.Default.DeviceToHold);
        Assert.Equal(HttpStatusCode.NoContent, held.StatusCode);
        WalkerReason = Word("why the walker was looked at");
        using var looked = await _server.Operator.GetAsync(new Uri(
            $"/api/v1/units/{Walker.Id}/day?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&tenant={Name}&reason={WalkerReason}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, looked.StatusCode);
    }

    private async Task ReportAsync()
    {
        _canaries.Add(Canary.Coordinate($"{Label}: latitude", Home.LatitudeE7));
        _canaries.Add(Canary.Coordinate($"{Label}: longitude", Home.LongitudeE7));
        var begin = Api.TestTenant.Day.ToDateTimeOffset().AddHours(9).AddMinutes(_random.Next(60)).AddMicroseconds(_random.Next(100_000, 900_000));
        var note = Word("attribute of a fix");
        var fixes = new List<string>();
        for (var i = 0; i < 9; i++)
        {
            var at = begin.AddMinutes(i);
            _canaries.Add(Canary.Moment($"{Label}: time of a fix", at));
            fixes.Add(JsonSerializer.Serialize(new
            {
                fixedAt = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
                lat = Home.LatitudeE7 / 10_000_000m,
                lon = Home.LongitudeE7 / 10_000_000m + (i is > 2 and < 6 ? 0.01m * (i - 2) : 0),
                speedMps = i is > 2 and < 6 ? 15 : 0,
                attributes = new { note },
                valid = i != 7,
                alarm = i == 8 ? "sos" : null,
            }));
        }
        await Tenant.ReportAsync(new DeviceCredentials(Van.Id, Van.Token, ""), [.. fixes]);
        var tomorrow = TimeProvider.System.GetUtcNow().AddDays(1).ToUnixTimeSeconds();
        using var quarantined = await _server.Visitor.GetAsync(new Uri(
            $"/osmand/{Van.Token}?lat=1&lon=2&timestamp={tomorrow}&note={Word("request in quarantine")}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, quarantined.StatusCode);
    }

    /// <summary>Sets its own numbers, which others may have changed, and gives the one that is a canary.</summary>
    public async Task<string> ChooseSettingsAsync()
    {
        await DecideAsync(new ChangeSettings(TenantSettings.Default with { SilenceAfterSeconds = _silenceAfterSeconds }));
        return _silenceAfterSeconds.ToString(CultureInfo.InvariantCulture);
    }

    private async Task FillSettingsAsync()
    {
        _silenceAfterSeconds = _random.Next(100_000, 600_000);
        _canaries.Add(Canary.Member("silenceAfterSeconds", _silenceAfterSeconds));
        await ChooseSettingsAsync();
    }

    /// <summary>What the product does later by itself is done.</summary>
    private async Task UntilToldAsync()
    {
        await Eventually.TrueAsync(
            async () => (await Tenant.GetAsync("/api/v1/alarms")).GetProperty("alarms").GetArrayLength() > 0, Patience);
        foreach (var alarm in (await Tenant.GetAsync("/api/v1/alarms")).GetProperty("alarms").EnumerateArray())
            _canaries.Add(Canary.Id($"{Label}: alarm's id", alarm.GetProperty("id").GetGuid()));
        // The first use of a token is noted, some time after it.
        foreach (var program in _programs.Values)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/session");
            request.Headers.Add(program.Headers[0].Name, program.Headers[0].Value);
            using var used = await _server.Visitor.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, used.StatusCode);
        }
        await Eventually.TrueAsync(
            async () => (await Tenant.GetAsync("/api/v1/tokens")).GetProperty("tokens").EnumerateArray().Count(t => t.TryGetProperty("lastUsedAt", out _)) == _programs.Count,
            Patience);
    }
}
