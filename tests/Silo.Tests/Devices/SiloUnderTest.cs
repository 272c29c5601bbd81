using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Devices;
using FieldCrm.Silo.Serialization;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace FieldCrm.Silo.Tests.Devices;

/// <summary>A real silo in this process on a real database; the product's clock is in the test's hand.</summary>
internal sealed class SiloUnderTest : IAsyncDisposable
{
    public static readonly TenantId Tenant = new(0);

    private readonly IHost _host;

    private SiloUnderTest(IHost host, FakeTimeProvider time)
    {
        _host = host;
        Time = time;
    }

    public FakeTimeProvider Time { get; }

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public RefoldQueue Refolds => Get<RefoldQueue>();

    public static async Task<SiloUnderTest> StartAsync(
        DatabaseAddresses addresses, FakeTimeProvider? time = null, Action<IServiceCollection>? also = null)
    {
        time ??= new FakeTimeProvider(new DateTimeOffset(2026, 1, 10, 0, 0, 0, TimeSpan.Zero));
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new("Commit:StatementTimeout", "00:01:00")]);
        builder.Services.AddKeyedSingleton<TimeProvider>(SiloServices.ProductClock, time);
        builder.Services.AddFieldCrmSilo(addresses);
        builder.Services.AddCoreSerialization();
        also?.Invoke(builder.Services);
        builder.UseOrleans(silo => silo.UseSingleSilo(FreePort()));
        var host = builder.Build();
        await host.StartAsync();
        return new SiloUnderTest(host, time);
    }

    public IDeviceGrain Device(int id) => Get<IGrainFactory>().GetGrain<IDeviceGrain>(id);

    public UtcMicros Now => UtcMicros.From(Time.GetUtcNow());

    public Task<ReportReceipt> ReportAsync(int device, params ImmutableArray<Fix> fixes) =>
        Device(device).ReportAsync(new FixBatch(Tenant, Now, fixes));

    /// <summary>Drops every activation; the next call loads from the database.</summary>
    public async Task DeactivateAllAsync() =>
        await Get<IGrainFactory>().GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

    /// <summary>Lets product time pass until no late fix waits for its refold.</summary>
    public Task SettleAsync(TestDatabase database) => Eventually.TrueAsync(
        async () =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(700));
            return await database.CountAsync("refold_mark") == 0;
        },
        TimeSpan.FromSeconds(60));

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        probe.Start();
        return ((System.Net.IPEndPoint)probe.LocalEndpoint).Port;
    }
}
