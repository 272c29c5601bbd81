using FieldCrm.Core;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.Silo.Storage.Model;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>A server that nobody else uses, with two tenants full of canaries; alone on the machine while memory is looked at.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LeakCollection : ICollectionFixture<LeakWorlds>
{
    public const string Name = "leaks";
}

public sealed class LeakWorlds : IAsyncLifetime
{
    private const int Seed = 20_261_123;

    private InProcessServer? _server;
    private TenantWorld? _amber;
    private TenantWorld? _birch;

    public InProcessServer Server => _server ?? throw new InvalidOperationException("Not started.");

    internal TenantWorld Amber => _amber ?? throw new InvalidOperationException("Not filled.");

    /// <summary>People of the operator's own tenant, by role: its admin is an operator, the others are nothing anywhere else.</summary>
    internal IReadOnlyDictionary<string, Caller> OperatorsPeople { get; private set; } = new Dictionary<string, Caller>();

    internal TenantWorld Birch => _birch ?? throw new InvalidOperationException("Not filled.");

    public async Task InitializeAsync()
    {
        _server = await InProcessServer.StartAsync();
        _amber = await TenantWorld.CreateAsync(_server, "amber", Seed, 1_873_450_001, 1_450_731_001, new GeoPoint(-348_712_345, -561_765_432));
        _birch = await TenantWorld.CreateAsync(_server, "birch", Seed + 1, 1_951_620_001, 1_637_284_001, new GeoPoint(523_498_721, 134_567_813));
        var people = new TestTenant(_server, "operator", new TenantId(TenantRow.OperatorId));
        OperatorsPeople = (await Task.WhenAll(new[] { UserRole.Admin, UserRole.Dispatcher, UserRole.Auditor }.Select(async role =>
            (role, caller: Caller.Browser($"the operator's own {role}", await people.SignedInAsync(role)))))).ToDictionary(p => p.role, p => p.caller);
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
