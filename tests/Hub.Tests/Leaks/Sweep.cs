using System.Net;
using System.Net.Http.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Identity;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>Runs a probe as everybody. What is wrong is collected, so that one run tells all of it.</summary>
internal sealed class Sweep(LeakWorlds worlds, TenantWorld ours, TenantWorld theirs) : IDisposable
{
    private static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> Promised = Routes.Promised();

    private readonly InProcessServer _server = worlds.Server;

    // Much is limited for each address: a probe comes from one of its own.
    private readonly HttpClient _http = Visitor(worlds.Server);
    private readonly CanarySearch _secrets = new(ours.Secrets.Concat(theirs.Secrets));
    private readonly CanarySearch _ours = new(ours.Canaries);
    // The operator's own ledger has the tenants' names: who reads it reads them.
    private readonly CanarySearch _oursButItsName = new(ours.Canaries.Where(c => !c.IsOfTheTenantItself));
    private readonly CanarySearch _theirs = new(theirs.Canaries);
    private readonly CanarySearch _unlogged = new(ours.Secrets.Concat(theirs.Secrets).Concat(ours.Canaries.Concat(theirs.Canaries).Where(c => !c.IsNumber)));
    private readonly List<string> _wrong = [];
    private int _logged = worlds.Server.Log.Count;

    public IReadOnlyList<string> Wrong => _wrong;

    /// <summary>Of what rightful callers were answered.</summary>
    public HashSet<string> MediaTypes { get; } = [];

    public async Task RunAsync(Probe probe)
    {
        foreach (var caller in Rightful(probe, ours))
            await SucceedAsync(probe, caller, await AskedAsync(probe, ours), ours);
        await SucceedAsync(probe, Rightful(probe, theirs)[0], await AskedAsync(probe, theirs), theirs);

        var asked = await AskedAsync(probe, ours);
        var (oursBefore, theirsBefore) = (await TenantState.ReadAsync(_server, ours.Id), await TenantState.ReadAsync(_server, theirs.Id));
        foreach (var (caller, status) in Refused(probe))
            await RefuseAsync(probe, caller, asked, status);
        foreach (var (caller, status) in probe.Elsewhere == Elsewhere.Instance ? [] : Foreign(probe))
            await ForeignAsync(probe, caller, asked, status);
        Unchanged(probe, ours, oursBefore, await TenantState.ReadAsync(_server, ours.Id));
        if (probe.Elsewhere != Elsewhere.OwnTenant)
            Unchanged(probe, theirs, theirsBefore, await TenantState.ReadAsync(_server, theirs.Id));

        Unlogged(probe);
        // The request that all of them were refused was a good one.
        if (probe.Elsewhere != Elsewhere.OwnTenant || probe.IsSafe)
            await SucceedAsync(probe, Rightful(probe, ours)[0], asked, ours);
    }

    public void Dispose() => _http.Dispose();

    private static HttpClient Visitor(InProcessServer server)
    {
        var handler = LoopbackAddress.Handler();
        handler.UseCookies = false;
        return new HttpClient(handler) { BaseAddress = server.Address };
    }

    private static async Task<Asked> AskedAsync(Probe probe, TenantWorld world) => new(world, probe.Target is { } make ? await make(world) : "");

    private static IReadOnlyList<string> Roles(Probe probe) => Promised.TryGetValue(probe.Capability, out var roles) ? roles : [];

    private IReadOnlyList<Caller> Rightful(Probe probe, TenantWorld world) =>
    [
        .. Roles(probe).Select(world.Session),
        .. probe.ToPrograms is null ? Roles(probe).Select(world.Program) : [],
        .. probe.IsForSessionsOnly ? Array.Empty<Caller>() : [world.Operator],
        .. probe.IsForSessionsOnly || probe.Capability == Policies.Operator ? Array.Empty<Caller>() : [worlds.OperatorsPeople[UserRole.Admin].Naming(world.Name)],
    ];

    private IEnumerable<(Caller Caller, HttpStatusCode Status)> Refused(Probe probe)
    {
        var credential = ours.Operator.Headers[0].Value["Bearer ".Length..];
        var sessionName = ours.DisabledAdmin.Cookie.Split('=', 2)[0];
        Caller[] strangers =
        [
            Caller.Anonymous, ours.DisabledAdmin, ours.RevokedProgram, Caller.Program("a device with its token", ours.Van.Token),
            new("the operator's credential as a cookie", [("Cookie", $"{sessionName}={credential}")], "tenant=" + ours.Name),
            new("the operator's credential in the address", [], $"access_token={credential}&tenant={ours.Name}"),
            new("the operator's credential as a password", [("Authorization", "Basic " + Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes("operator:" + credential)))]),
        ];
        foreach (var stranger in strangers)
            yield return (stranger, probe.ToNobody);
        var others = UserRole.All.Except(Roles(probe)).ToArray();
        // The instance's own addresses look at nothing but its credential.
        var refusal = probe.Capability == Policies.Operator ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden;
        foreach (var caller in others.SelectMany(r => new[] { ours.Session(r), ours.Program(r) }))
            yield return (caller, caller.CookieOrNull is null ? refusal : probe.ToOtherSessions ?? refusal);
        if (probe.ToPrograms is { } status)
        {
            foreach (var role in Roles(probe))
                yield return (ours.Program(role), status);
        }
        if (probe.IsForSessionsOnly)
        {
            yield return (ours.Operator, probe.ToNobody);
            yield return (worlds.OperatorsPeople[UserRole.Admin].Naming(ours.Name), HttpStatusCode.Forbidden);
        }
        var isOperators = probe.Capability is Policies.Operate or Policies.Operator;
        foreach (var (_, person) in worlds.OperatorsPeople.Where(p => isOperators && (p.Key != UserRole.Admin || probe.Capability == Policies.Operator)))
            yield return (person.Naming(ours.Name), refusal);
        if (!probe.IsSafe && Roles(probe) is [var rightful, ..])
        {
            yield return (ours.Session(rightful).WithoutAntiforgery(), HttpStatusCode.BadRequest);
            yield return (ours.Session(rightful).WithAntiforgeryOf(theirs.Session(rightful)), HttpStatusCode.BadRequest);
            yield return (FromElsewhere(ours.Session(rightful), "Origin", "https://evil.example"), HttpStatusCode.Forbidden);
            yield return (FromElsewhere(ours.Session(rightful), "Sec-Fetch-Site", "cross-site"), HttpStatusCode.Forbidden);
        }
    }

    private static Caller FromElsewhere(Caller caller, string header, string value) =>
        caller with { Name = $"{caller.Name}, {header} {value}", Headers = [.. caller.Headers, (header, value)] };

    private IEnumerable<(Caller Caller, HttpStatusCode? Status)> Foreign(Probe probe)
    {
        HttpStatusCode? expected = probe.Elsewhere == Elsewhere.NotFound ? HttpStatusCode.NotFound : null;
        foreach (var role in Roles(probe))
        {
            yield return (theirs.Session(role), expected);
            yield return (theirs.Session(role).Naming(ours.Name), expected);
            yield return (theirs.Program(role), probe.ToPrograms ?? expected);
            yield return (theirs.Program(role).Naming(ours.Name), probe.ToPrograms ?? expected);
        }
        // Of the operator's own tenant without being its admin: another tenant like any other.
        foreach (var (_, person) in worlds.OperatorsPeople.Where(p => p.Key != UserRole.Admin && Roles(probe).Contains(p.Key)))
            yield return (person.Naming(ours.Name), expected);
        if (probe.IsForSessionsOnly)
            yield break;
        yield return (theirs.Operator, expected);
        yield return (Caller.Operator(_server, null), expected);
        if (probe.Capability != Policies.Operator)
            yield return (worlds.OperatorsPeople[UserRole.Admin].Naming(theirs.Name), expected);
    }

    private async Task SucceedAsync(Probe probe, Caller caller, Asked asked, TenantWorld world)
    {
        var before = probe.Shows is null ? await TenantState.ReadAsync(_server, world.Id) : null;
        var answer = await SendAsync(probe, caller, asked);
        MediaTypes.Add(answer.MediaType ?? "");
        if (probe.Status is { } status ? answer.Status != status : (int)answer.Status is < 200 or > 299)
            Say(probe, caller, $"should succeed and is answered {(int)answer.Status}: {answer.Start}");
        else if (probe.Shows is { } shows && !CanarySearch.Says(answer.Body, shows(asked)))
            Say(probe, caller, $"should be shown {shows(asked)} and is not: {answer.Start}");
        else if (before is not null && TenantState.Difference(before, await TenantState.ReadAsync(_server, world.Id)).Count == 0)
            Say(probe, caller, "should have changed something and has not");
        if (probe.Elsewhere != Elsewhere.Instance)
        {
            NoneOf(probe, caller, answer, world == ours ? _theirs : _ours);
            if (!(probe.IsAskedAfter ? answer.IsAskedAfter : answer.IsKeptByNobody))
                Say(probe, caller, $"is given what others could keep: the answer has no Cache-Control: {(probe.IsAskedAfter ? "private, no-cache" : "no-store")}");
        }
        NoneOf(probe, caller, answer, _secrets);
    }

    private async Task RefuseAsync(Probe probe, Caller caller, Asked asked, HttpStatusCode status)
    {
        var answer = await SendAsync(probe, caller, asked);
        if (answer.Status != status)
            Say(probe, caller, $"should be answered {(int)status} and is {(int)answer.Status}: {answer.Start}");
        foreach (var search in new[] { _ours, _theirs, _secrets })
            NoneOf(probe, caller, answer, search);
    }

    private async Task ForeignAsync(Probe probe, Caller caller, Asked asked, HttpStatusCode? status)
    {
        var answer = await SendAsync(probe, caller, asked);
        // A second one of the same name is refused by the tenant that it is made in.
        if (status is null ? (int)answer.Status is not ((>= 200 and < 300) or 409) && answer.Status != probe.Status : answer.Status != status)
            Say(probe, caller, $"asks for the other tenant's, should be answered {(status is null ? "about his own" : (int)status)} and is {(int)answer.Status}: {answer.Start}");
        NoneOf(probe, caller, answer, worlds.OperatorsPeople.Values.Any(p => p.Cookie == caller.CookieOrNull) ? _oursButItsName : _ours);
        NoneOf(probe, caller, answer, _secrets);
    }

    private async Task<Answer> SendAsync(Probe probe, Caller caller, Asked asked)
    {
        var address = probe.AddressOf(asked);
        if (caller.Query is { } query)
            address += (address.Contains('?', StringComparison.Ordinal) ? "&" : "?") + query;
        using var request = new HttpRequestMessage(new HttpMethod(probe.Method), new Uri(address, UriKind.Relative))
        {
            Content = probe.Body?.Invoke(asked) switch { null => null, HttpContent content => content, var body => JsonContent.Create(body) },
        };
        foreach (var (name, value) in caller.Headers)
            request.Headers.TryAddWithoutValidation(name, value);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, br");
        using var response = await _http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    /// <summary>The log has ids: neither secrets nor what a tenant calls its things, whoever asked for them.</summary>
    private void Unlogged(Probe probe)
    {
        var lines = _server.Log.Skip(_logged).ToArray();
        _logged += lines.Length;
        foreach (var line in lines.Where(l => _unlogged.FindIn(System.Text.Encoding.UTF8.GetBytes(l)).Count > 0))
            _wrong.Add($"{probe}: the log says {line}");
    }

    private void NoneOf(Probe probe, Caller caller, Answer answer, CanarySearch search)
    {
        if (answer.Find(search) is { Count: > 0 } found)
            Say(probe, caller, $"was told what he must not know ({string.Join(", ", found.Take(5))}): {(int)answer.Status} {answer.Start}");
    }

    private void Unchanged(Probe probe, TenantWorld world, IReadOnlySet<string> before, IReadOnlySet<string> after)
    {
        if (TenantState.Difference(before, after) is { Count: > 0 } changed)
            _wrong.Add($"{probe}: somebody who was refused changed {world.Label}: {string.Join("; ", changed.Take(5))}");
    }

    private void Say(Probe probe, Caller caller, string what) => _wrong.Add($"{probe}: {caller} {what}");
}
