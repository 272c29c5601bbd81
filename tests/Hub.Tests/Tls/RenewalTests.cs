using System.Net;
using System.Security.Cryptography.X509Certificates;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.Tls;
using FieldCrm.Silo;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace FieldCrm.Hub.Tests.Tls;

/// <summary>What real handshakes are shown while years go by, on a clock that the test moves.</summary>
public sealed class RenewalTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new(Begin);
    private readonly InstancePaths _paths = new(TemporaryDirectory.Create("renewal"));
    private WebApplication? _app;
    private int _port;
    private IPAddress _address = IPAddress.Parse("127.0.0.6");

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_paths.Directory, recursive: true);
    }

    [Fact]
    public async Task Given_a_server_that_runs_for_years_Then_a_certificate_is_renewed_before_its_end_and_the_root_stays()
    {
        await StartAsync();
        using var root = new AuthorityFiles(_paths).Root()!;
        var first = await ShownAsync(root);
        Assert.Equal(Begin.AddHours(-1) + TimeSpan.FromDays(397), LocalAuthority.EndOf(first));
        Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(_paths.Authority));
        Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(_paths.ServerCertificate));
        Assert.Equal(PrivateFile.DirectoryMode, File.GetUnixFileMode(_paths.Tls));

        // With nobody there whose timer would be rung for every ten seconds of a year.
        await StopAsync();
        _time.SetUtcNow(LocalAuthority.EndOf(first).AddDays(-30).AddSeconds(-30));
        await StartAsync();
        _time.Advance(TimeSpan.FromSeconds(10)); // a look, and still good
        Assert.Equal(first.Thumbprint, (await ShownAsync(root)).Thumbprint);
        _time.Advance(TimeSpan.FromSeconds(40));
        var second = await ChangedAsync(root, first);
        Assert.Equal(_time.GetUtcNow().AddHours(-1).AddDays(397).UtcDateTime, LocalAuthority.EndOf(second).UtcDateTime, TimeSpan.FromMinutes(1));

        await StopAsync();
        await StartAsync();
        Assert.Equal(second.Thumbprint, (await ShownAsync(root)).Thumbprint);
    }

    [Fact]
    public async Task Given_a_root_at_its_end_When_it_is_over_Then_another_one_is_made_and_serves()
    {
        await StartAsync();
        using var root = new AuthorityFiles(_paths).Root()!;
        await StopAsync();
        _time.SetUtcNow(LocalAuthority.EndOf(root).AddSeconds(-15));
        await StartAsync();
        var first = await ShownAsync(root);

        _time.Advance(TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(10));
        await Eventually.TrueAsync(async () => (await Caller.LookAsync(_address, _port)).Shown.Thumbprint != first.Thumbprint, Deadline);

        using var next = new AuthorityFiles(_paths).Root()!;
        Assert.NotEqual(root.Thumbprint, next.Thumbprint);
        Assert.NotNull(await ShownAsync(next));
    }

    [Fact]
    public async Task Given_another_address_When_started_there_Then_the_same_root_vouches_for_that_one()
    {
        await StartAsync();
        using var root = new AuthorityFiles(_paths).Root()!;
        await StopAsync();
        _address = IPAddress.Parse("127.0.0.7");

        await StartAsync();

        Assert.Contains(_address, CertificateNames.Of(await ShownAsync(root)).Addresses);
    }

    [Fact]
    public async Task Given_a_CA_made_anew_beside_the_server_Then_it_is_taken_without_a_restart()
    {
        await StartAsync();
        using var old = new AuthorityFiles(_paths).Root()!;
        var first = await ShownAsync(old);
        using var made = new AuthorityFiles(_paths).Create(CertificateNames.Of(_address, publicAddress: null), _time.GetUtcNow());

        _time.Advance(TimeSpan.FromSeconds(10));

        await ChangedAsync(made.Root, first);
    }

    [Fact]
    public async Task Given_a_damaged_CA_When_looked_at_Then_what_was_served_goes_on_and_a_start_is_refused_by_one_line()
    {
        await StartAsync();
        using var root = new AuthorityFiles(_paths).Root()!;
        var first = await ShownAsync(root);
        await File.WriteAllTextAsync(_paths.Authority, "damaged");
        _time.Advance(TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(first.Thumbprint, (await ShownAsync(root)).Thumbprint);
        await StopAsync();

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => StartAsync());

        Assert.Equal("tls.authority-damaged", refused.Failure.Code);
        await StopAsync();
    }

    [Fact]
    public async Task Given_the_operators_certificate_When_its_copy_is_replaced_Then_the_next_handshake_sees_it_with_its_chain()
    {
        using var first = new MadeCertificate(address: _address);
        using var second = new MadeCertificate(address: _address);
        PrivateFile.MakeDirectory(_paths.Tls, owner: null);
        await File.WriteAllTextAsync(_paths.OperatorCertificate, first.ChainPem + first.KeyPem);
        await StartAsync(certificateFile: "operators.pem");
        var shown = await ShownAsync(first.Root); // the root alone is trusted: the intermediate was sent along
        Assert.Equal(first.Server.Thumbprint, shown.Thumbprint);
        Assert.False(File.Exists(_paths.Authority));

        await File.WriteAllTextAsync(_paths.OperatorCertificate, second.ChainPem + second.KeyPem);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(second.Server.Thumbprint, (await ChangedAsync(second.Root, shown)).Thumbprint);
    }

    private Task<X509Certificate2> ShownAsync(X509Certificate2 root) => Caller.ShownAsync(_address, _port, root, _time.GetUtcNow());

    private async Task<X509Certificate2> ChangedAsync(X509Certificate2 root, X509Certificate2 before)
    {
        await Eventually.TrueAsync(async () => (await Caller.LookAsync(_address, _port)).Shown.Thumbprint != before.Thumbprint, Deadline);
        return await ShownAsync(root);
    }

    private async Task StartAsync(string? certificateFile = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _port = Ports.PickFree();
        builder.Services.AddSingleton(_paths);
        builder.Services.AddSingleton(new Instance
        {
            Port = _port, PostgresPort = 1, SiloPort = 1, Listen = _address.ToString(), CertificateFile = certificateFile, KeyFile = certificateFile,
        });
        builder.Services.AddKeyedSingleton<TimeProvider>(SiloServices.ProductClock, _time);
        builder.Services.AddSingleton<ServedCertificate>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ServedCertificate>());
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(_address, _port, TlsListening.UseTlsBeyondLoopback));
        _app = builder.Build();
        _app.Services.GetRequiredService<ServedCertificate>().Look();
        await _app.StartAsync();
    }

    private async Task StopAsync()
    {
        if (_app is null)
            return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }
}
