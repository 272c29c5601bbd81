using System.Net;
using FieldCrm.Hub.Identity;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>
/// Every operation × everybody: it does for the rightful caller what it says, refuses all others as SECURITY.md promises, and nothing
/// of one tenant is in any byte that another gets. How to add a probe: README.md beside this file.
/// </summary>
[Collection(LeakCollection.Name)]
public sealed class SweepTests(LeakWorlds worlds)
{
    private const string HowTo = "Add a probe to the feature's file in tests/Hub.Tests/Leaks/Probes (3 to 10 lines; README.md there says how).";

    public static TheoryData<string> Operations() => [.. ProbeTable.All.Select(p => p.Operation).Distinct()];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Given_an_operation_When_everybody_asks_Then_only_who_may_is_served_and_nothing_leaks(string operation)
    {
        using var sweep = new Sweep(worlds, worlds.Amber, worlds.Birch);
        foreach (var probe in ProbeTable.All.Where(p => p.Operation == operation))
            await sweep.RunAsync(probe);

        Assert.True(sweep.Wrong.Count == 0, string.Join('\n', sweep.Wrong));
        var missing = Routes.Documented().GetValueOrDefault(operation, []).Where(type => !sweep.MediaTypes.Contains(type));
        Assert.True(!missing.Any(), $"{operation} can also answer {string.Join(", ", missing)}, and no probe asks for it. {HowTo}");
    }

    [Fact]
    public void Given_the_document_and_the_running_server_When_compared_with_the_probes_Then_no_operation_is_without_one()
    {
        var probed = ProbeTable.All.Select(p => p.Operation).Concat(ProbeTable.ByHand.Keys).ToHashSet(StringComparer.Ordinal);
        var documented = Routes.Documented().Keys.ToHashSet(StringComparer.Ordinal);
        var served = Routes.Served(worlds.Server).Select(r => r.Operation).ToHashSet(StringComparer.Ordinal);
        var undocumented = served.Except(documented).ToArray();

        Assert.True(documented.IsSubsetOf(served), $"Documented and not served: {string.Join(", ", documented.Except(served))}");
        AssertNone(documented.Except(probed), $"has no probe. {HowTo}");
        AssertNone(undocumented.Where(o => Undocumented.ReasonOf(o) is null), "stands in no document: map it with a description, or say why not in Leaks/Undocumented.cs.");
        AssertNone(undocumented.Except(probed).Where(o => Undocumented.ReasonForNoProbe(o) is null), $"has no probe. {HowTo} Or say in Leaks/Undocumented.cs why there is nothing to leak.");
        AssertNone(Undocumented.Stale(undocumented), "is explained in Leaks/Undocumented.cs and is no route that needs it.");
        AssertNone(probed.Except(served), "has a probe and is not served.");
    }

    [Fact]
    public void Given_the_promise_of_the_security_document_Then_the_policies_and_every_probe_agree_with_it()
    {
        var promised = Routes.Promised();
        Assert.Equal(
            Policies.Table.Select(c => $"{c.Name}: {string.Join(' ', c.Roles.Order(StringComparer.Ordinal))}"),
            promised.Select(c => $"{c.Key}: {string.Join(' ', c.Value.Order(StringComparer.Ordinal))}"));
        var routes = Routes.Served(worlds.Server).ToDictionary(r => r.Operation);
        AssertNone(
            ProbeTable.All.Where(p => !p.IsGuardedInside && routes.TryGetValue(p.Operation, out var route) && !route.Policies.SequenceEqual([p.Capability]))
                .Select(p => $"{p} ({p.Capability} in the probe, {string.Join(' ', routes[p.Operation].Policies)} in the server)"),
            "wants another capability than its probe says.");
        AssertNone(
            routes.Values.Where(r => r.Route.StartsWith("/api/", StringComparison.Ordinal) && !r.IsGuarded && !ProbeTable.ByHand.ContainsKey(r.Operation)).Select(r => r.Operation),
            "is under /api and wants nobody to be signed in.");
    }

    /// <summary>A stolen credential: it counts on this machine, and from everywhere else it is nobody's.</summary>
    [Theory]
    [InlineData("203.0.113.7")]
    [InlineData("10.0.0.7")]
    [InlineData("2001:db8::7")]
    [InlineData("::ffff:203.0.113.7")]
    [InlineData(null)]
    public async Task Given_every_address_that_wants_somebody_When_the_operators_credential_comes_from_another_machine_Then_it_is_nobodys(string? from)
    {
        var evaluator = worlds.Server.Get<IPolicyEvaluator>();
        var provider = worlds.Server.Get<IAuthorizationPolicyProvider>();
        var asked = 0;
        foreach (var endpoint in worlds.Server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(e => e.Metadata.GetMetadata<IAuthorizeData>()?.Policy is not null))
        {
            var policy = await AuthorizationPolicy.CombineAsync(provider, endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>());
            Assert.NotNull(policy);
            using var scope = worlds.Server.App.Services.CreateScope();
            var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
            http.Connection.RemoteIpAddress = from is null ? null : IPAddress.Parse(from);
            http.Request.Path = "/" + endpoint.RoutePattern.RawText;
            http.Request.Headers.Authorization = worlds.Amber.Operator.Headers[0].Value;
            var authenticated = await evaluator.AuthenticateAsync(policy, http);
            Assert.True((await evaluator.AuthorizeAsync(policy, authenticated, http, http)).Challenged, endpoint.RoutePattern.RawText);
            asked++;
        }
        Assert.True(asked > 60, $"{asked}");
    }

    private static void AssertNone(IEnumerable<string> wrong, string what) =>
        Assert.True(!wrong.Any(), string.Join('\n', wrong.Select(w => $"{w} {what}")));
}
