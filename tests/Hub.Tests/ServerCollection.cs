using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests;

/// <summary>One server for all tests that administrate; each makes tenants or devices of its own.</summary>
[CollectionDefinition(Name)]
public sealed class ServerCollection : ICollectionFixture<SharedServer>
{
    public const string Name = "server";
}

public sealed class SharedServer : IAsyncLifetime
{
    private InProcessServer? _server;

    public InProcessServer Server => _server ?? throw new InvalidOperationException("Not started.");

    public async Task InitializeAsync() => _server = await InProcessServer.StartAsync(withTrackerPort: true);

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
