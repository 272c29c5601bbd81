using System.Net;
using System.Reflection;
using FieldCrm.Core.Tenants;
using Microsoft.AspNetCore.SignalR;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>Every method of every hub × everybody, and what each of them hears while both tenants are busy.</summary>
[Collection(LeakCollection.Name)]
public sealed class HubLeakTests(LeakWorlds worlds)
{
    private static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> Promised = Routes.Promised();

    private TenantWorld Ours => worlds.Amber;

    private TenantWorld Theirs => worlds.Birch;

    public static TheoryData<string> Calls() => [.. HubProbe.All.Select(p => p.Call)];

    [Fact]
    public void Given_every_hub_that_is_mapped_and_the_contract_When_compared_with_the_probes_Then_no_method_is_without_one()
    {
        var mapped = Routes.Hubs(worlds.Server).SelectMany(hub => hub.Value
            .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(m => !m.IsVirtual || m.GetBaseDefinition().DeclaringType == hub.Value)
            .Select(m => $"{hub.Key} {m.GetCustomAttribute<HubMethodNameAttribute>()?.Name ?? m.Name}")).Order(StringComparer.Ordinal).ToArray();
        var contract = Routes.HubContract().SelectMany(hub => hub.Value.Select(m => $"{hub.Key} {m}")).Order(StringComparer.Ordinal);

        Assert.Equal(contract, mapped);
        var without = mapped.Except(HubProbe.All.Select(p => p.Call)).ToArray();
        Assert.True(without.Length == 0, $"{string.Join(", ", without)} has no probe: add it to HubProbe.All in tests/Hub.Tests/Leaks (README.md there says how).");
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Given_a_hub_method_When_who_may_not_connects_Then_refused(string call)
    {
        var probe = HubProbe.All.Single(p => p.Call == call);
        var search = new CanarySearch(Ours.Canaries.Concat(Theirs.Canaries).Concat(Ours.Secrets).Concat(Theirs.Secrets));
        var others = UserRole.All.Except(Promised[probe.Capability]).ToArray();
        var refused = new (Caller Caller, HttpStatusCode Status)[]
        {
            (Caller.Anonymous, HttpStatusCode.Unauthorized), (WithOrigin(Ours.DisabledAdmin), HttpStatusCode.Unauthorized), (Ours.RevokedProgram, HttpStatusCode.Unauthorized),
            (Caller.Program("a device with its token", Ours.Van.Token), HttpStatusCode.Unauthorized),
            (Caller.Anonymous with { Name = "a token in the address", Query = "access_token=" + Ours.Program(UserRole.Admin).Headers[0].Value["Bearer ".Length..] }, HttpStatusCode.Unauthorized),
            (Caller.Anonymous with { Name = "the credential in the address", Query = "access_token=" + Ours.Operator.Headers[0].Value["Bearer ".Length..] }, HttpStatusCode.Unauthorized),
        }.Concat(others.SelectMany(r => new[] { (WithOrigin(Ours.Session(r)), HttpStatusCode.Forbidden), (Ours.Program(r), HttpStatusCode.Forbidden) }));

        foreach (var (caller, status) in refused)
        {
            var (connected, hub) = await RawHub.OpenAsync(worlds.Server, probe.Path, caller, probe.Protocol);
            if (hub is not null)
                await hub.DisposeAsync();
            Assert.Equal((caller.Name, status), (caller.Name, connected));
            using var negotiation = new HttpRequestMessage(HttpMethod.Post, new Uri(worlds.Server.Address, $"{probe.Path}/negotiate?negotiateVersion=1&{caller.Query}"));
            foreach (var (name, value) in caller.Headers)
                negotiation.Headers.TryAddWithoutValidation(name, value);
            using var negotiated = await worlds.Server.Visitor.SendAsync(negotiation);
            Assert.Equal((caller.Name, status), (caller.Name, negotiated.StatusCode));
            Assert.Empty((await Answer.ReadAsync(negotiated)).Find(search));
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Given_a_hub_method_When_both_tenants_are_busy_Then_each_caller_hears_of_his_own_alone(string call)
    {
        var probe = HubProbe.All.Single(p => p.Call == call);
        var listeners = new List<(Caller Caller, RawHub Hub, TenantWorld? World)>();
        foreach (var (caller, world) in Callers(probe))
        {
            var (status, hub) = await RawHub.OpenAsync(worlds.Server, probe.Path, caller, probe.Protocol);
            Assert.True(hub is not null, $"{caller} is answered {status}");
            listeners.Add((caller, hub, world));
            // Everybody asks about our tenant's things, whosever he is.
            await hub.InvokeAsync(probe.Message(await probe.Arguments(Ours)));
        }

        // The others' device comes into our view last: when it is heard of, so would have been all before it.
        var ourDevice = await Ours.StirAsync(Ours.Home);
        var theirDevice = await Theirs.StirAsync(Ours.Home);
        foreach (var (caller, hub, world) in listeners.Where(l => l.World is not null))
            await hub.UntilAsync(new CanarySearch([world == Ours ? ourDevice : theirDevice]), caller.Name);

        var (ours, theirs) = (new CanarySearch(Ours.Canaries), new CanarySearch(Theirs.Canaries));
        var secrets = new CanarySearch(Ours.Secrets.Concat(Theirs.Secrets));
        foreach (var (caller, hub, world) in listeners)
        {
            await using (hub)
            {
                var frames = hub.Received;
                var foreign = new[] { ours, theirs }.Where(search => search != (world == Ours ? ours : world == Theirs ? theirs : null));
                Assert.Equal((caller.Name, ""), (caller.Name, string.Join(", ", foreign.Append(secrets).SelectMany(s => s.FindIn(frames)))));
            }
        }
    }

    /// <summary>Everybody who may, of both tenants; theirs also name ours.</summary>
    private IEnumerable<(Caller Caller, TenantWorld? World)> Callers(HubProbe probe)
    {
        foreach (var world in new[] { Ours, Theirs })
        {
            foreach (var role in Promised[probe.Capability])
            {
                yield return (WithOrigin(world.Session(role)), world);
                yield return (world.Program(role), world);
            }
            yield return (world.Operator, world);
            yield return (WithOrigin(worlds.OperatorsPeople[UserRole.Admin].Naming(world.Name)), world);
        }
        // Of the operator's own tenant without being its admin: there, nothing moves.
        yield return (WithOrigin(worlds.OperatorsPeople[UserRole.Dispatcher].Naming(Ours.Name)), null);
        foreach (var role in Promised[probe.Capability])
        {
            yield return (WithOrigin(Theirs.Session(role).Naming(Ours.Name)), Theirs);
            yield return (Theirs.Program(role).Naming(Ours.Name), Theirs);
        }
    }

    private Caller WithOrigin(Caller caller) => caller with { Headers = [.. caller.Headers, ("Origin", worlds.Server.Address.GetLeftPart(UriPartial.Authority))] };
}
