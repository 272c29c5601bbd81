using System.Net.Http.Json;
using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.Silo.Tenants;
using FieldCrm.Silo.Units;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>
/// A tenant with a canary in every text and number that can carry one, and somebody of each kind who may ask. What a feature stores
/// belongs in here (<see cref="FillAsync"/>), so that a leak of it is seen in whatever answer it turns up.
/// </summary>
internal sealed partial class TenantWorld
{
    private readonly InProcessServer _server;
    private readonly Random _random;
    private readonly List<Canary> _canaries = [];
    private readonly List<Canary> _secrets = [];
    private readonly Dictionary<string, Caller> _sessions = [];
    private readonly Dictionary<string, Caller> _programs = [];
    private int _made;
    private int _silenceAfterSeconds;

    private TenantWorld(InProcessServer server, string label, int seed, GeoPoint home)
    {
        _server = server;
        _random = new Random(seed);
        Label = label;
        Home = home;
        Name = Word("tenant's name");
        _canaries[0] = _canaries[0] with { IsOfTheTenantItself = true };
    }

    /// <summary>What a failure calls it.</summary>
    public string Label { get; }

    public string Name { get; }

    public TestTenant Tenant { get; private set; } = null!;

    public TenantId Id => Tenant.Id;

    /// <summary>Where its van is.</summary>
    public GeoPoint Home { get; }

    /// <summary>What must be found nowhere but in its own answers.</summary>
    public IReadOnlyList<Canary> Canaries => _canaries;

    /// <summary>What must be found in no answer at all after the one that showed it: tokens, links, and their hashes.</summary>
    public IReadOnlyList<Canary> Secrets => _secrets;

    /// <summary>A signed-in browser of the role, with its antiforgery token.</summary>
    public Caller Session(string role) => _sessions[role];

    /// <summary>A program with a token of the role.</summary>
    public Caller Program(string role) => _programs[role];

    public Caller Operator => Caller.Operator(_server, Name);

    /// <summary>
    /// Has its canary as id, name, bare id and phone, and is busy; reports, has an alarm, a trip's worth of fixes, a marked one
    /// and a quarantined request.
    /// </summary>
    public WorldDevice Van { get; private set; } = null!;

    /// <summary>Why it is busy.</summary>
    public string VanNote { get; private set; } = "";

    /// <summary>The digits of its phone.</summary>
    public string VanPhone { get; private set; } = "";

    public WorldDevice Disabled { get; private set; } = null!;

    /// <summary>A person's device; its holder is <see cref="Keeper"/>.</summary>
    public WorldDevice Walker { get; private set; } = null!;

    /// <summary>Why somebody looked at the walker's day.</summary>
    public string WalkerReason { get; private set; } = "";

    /// <summary>An admin whose session was good until he was disabled.</summary>
    public Caller DisabledAdmin { get; private set; } = null!;

    public Caller RevokedProgram { get; private set; } = null!;

    /// <summary>The id that an unregistered device claims.</summary>
    public string ClaimedId { get; private set; } = "";

    /// <summary>A user nobody signs in as: with a password, a passkey and a link.</summary>
    public WorldUser Keeper { get; private set; } = null!;

    /// <param name="label">How failures name it.</param>
    /// <param name="firstDevice">Devices' numbers begin here: long enough not to be found by chance.</param>
    public static async Task<TenantWorld> CreateAsync(InProcessServer server, string label, int seed, int firstDevice, int number, GeoPoint home)
    {
        var world = new TenantWorld(server, label, seed, home);
        await using (var owner = NpgsqlDataSource.Create(server.Database.Owner ?? throw new InvalidOperationException("The owner's address is not known.")))
        await using (var numbers = owner.CreateCommand($"SELECT setval('device_id_seq', {firstDevice}, false), setval('tenant_id_seq', {number}, false)"))
            await numbers.ExecuteNonQueryAsync();
        world.Tenant = await TestTenant.CreateAsync(server, world.Name);
        Assert.Equal(number, world.Id.Value);
        world._canaries.Add(Canary.Number($"{label}: tenant's number", number) with { IsOfTheTenantItself = true });
        await world.FillAsync();
        return world;
    }

    /// <summary>A new word that only this tenant knows, remembered as a canary.</summary>
    public string Word(string what)
    {
        const string letters = "abcdefghjkmnpqrstvwxyz0123456789";
        var word = "z" + new string(_random.GetItems(letters.AsSpan(), 15));
        _canaries.Add(Canary.Text($"{Label}: {what}", word));
        return word;
    }

    /// <summary>A name that nothing has yet, for what a probe makes; no canary.</summary>
    public string Fresh() => $"fresh-{Label}-{Interlocked.Increment(ref _made)}";

    /// <summary>A new device, by its unique id.</summary>
    public async Task<string> NewDeviceAsync() => (await Tenant.DeviceAsync(Fresh())).Id;

    /// <summary>A new device of a person that nobody carries yet, by its unique id.</summary>
    public async Task<string> NewPersonDeviceAsync()
    {
        var id = await NewDeviceAsync();
        await DecideAsync(new ChangeDevice(new(await Tenant.NumberAsync(id)), Name: null, UnitKind.Person, Phone: null));
        return id;
    }

    /// <summary>What is first said of a unit.</summary>
    public async Task SetAvailabilityAsync(int number, AvailabilityStatus status, string note)
    {
        var outcome = await _server.Get<IGrainFactory>().GetGrain<IUnitGrain>(number)
            .DecideAsync(Id, new SetAvailability(status, note, ExpectedVersion: 0), Actor.System);
        Assert.Null(outcome.Refusal);
    }

    /// <summary>A new device's alarm that is open, by its id; older than the van's.</summary>
    public async Task<string> NewAlarmAsync()
    {
        var id = Guid.CreateVersion7();
        var device = new DeviceId(await Tenant.NumberAsync(await NewDeviceAsync()));
        await DecideAsync(new ReportAlarm(id, device, AlarmKind.Tow, TestTenant.Day, SourceVersion: 1, "{}", IsWithdrawn: false));
        return id.ToString("D");
    }

    /// <summary>A new user, by his id.</summary>
    public async Task<string> NewUserAsync() => (await AddUserAsync(Fresh(), UserRole.Sales)).Id.ToString("D");

    public async Task<TokenMade> NewTokenAsync(string role, string? name = null)
    {
        using var made = await _server.Operator.PostAsJsonAsync(
            $"/api/v1/tokens?tenant={Name}", new TokenToAdd(name ?? Fresh(), role), AdministrationJson.Default.TokenToAdd);
        made.EnsureSuccessStatusCode();
        return (await made.Content.ReadFromJsonAsync(AdministrationJson.Default.TokenMade))!;
    }

    /// <summary>The token of the tenant's enrolment URL; the one before stops working.</summary>
    public async Task<string> NewEnrolmentAsync()
    {
        using var enrolment = await _server.Operator.PostAsync(new Uri($"/operator/enrolment/rotate?tenant={Name}", UriKind.Relative), null);
        var token = new Uri((await enrolment.Content.ReadFromJsonAsync(AdministrationJson.Default.EnrolmentAnswer))!.Url!).Segments[^1];
        _secrets.Add(Canary.Secret($"{Label}: enrolment token", token));
        return token;
    }

    /// <summary>Somebody reported under a new id and is not registered.</summary>
    public async Task<string> NewClaimAsync(string? claimed = null)
    {
        var now = UtcMicros.From(TimeProvider.System.GetUtcNow());
        claimed ??= Fresh();
        await DecideAsync(new NoteUnregistered([new UnregisteredSighting(claimed, "osmand", now, now, 1)]));
        return claimed;
    }

    /// <summary>Something happens: a new device reports at a place and raises an alarm. Its number, to wait for.</summary>
    public async Task<Canary> StirAsync(GeoPoint at)
    {
        var device = await Tenant.DeviceAsync(Word("id of a device that reports just now"), Word("name of a device that reports just now"));
        var number = Canary.Number($"{Label}: number of a device that reports just now", await Tenant.NumberAsync(device.Id));
        _canaries.Add(number);
        var now = TimeProvider.System.GetUtcNow();
        foreach (var (ago, alarm) in new[] { (2, "null"), (1, "\"sos\"") })
        {
            await Tenant.ReportAsync(device, string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $$"""{"fixedAt":"{{now.AddSeconds(-ago).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}}","lat":{{(at.LatitudeE7 + 123_456) / 1e7}},"lon":{{(at.LongitudeE7 + 123_456) / 1e7}},"alarm":{{alarm}}}"""));
        }
        return number;
    }

    /// <summary>Somebody new who is signed in.</summary>
    public async Task<(WorldUser User, Caller Caller)> PersonAsync(string role)
    {
        var user = await AddUserAsync(Fresh(), role);
        return (user, Caller.Browser(user.Name, await Tenant.BrowserAsync(user.Name)));
    }

    public async Task<TenantOutcome> DecideAsync(TenantCommand command)
    {
        var outcome = await _server.Get<IGrainFactory>().GetGrain<ITenantGrain>(Id.Value).DecideAsync(command, Actor.System);
        Assert.Null(outcome.Refusal);
        return outcome;
    }

    private async Task<WorldUser> AddUserAsync(string name, string role)
    {
        var id = Guid.CreateVersion7();
        await DecideAsync(new AddUser(id, name, role));
        return new WorldUser(id, name);
    }
}

internal sealed record WorldDevice(string Id, string Name, int Number, string Token);

internal sealed record WorldUser(Guid Id, string Name);
