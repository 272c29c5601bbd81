using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo;

namespace FieldCrm.Hub.Tls;

/// <summary>
/// The certificate that connections from beyond loopback are answered with: the operator's, which the supervisor lays into
/// DIR/tls and replaces when its files change, or one of the local CA. Looked at every ten seconds; a connection that is open
/// goes on with what it began with.
/// </summary>
internal sealed partial class ServedCertificate(
    InstancePaths paths, Instance instance, IConfiguration configuration, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time,
    ILogger<ServedCertificate> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly AuthorityFiles _files = new(paths);
    private volatile Served? _served;
    private string _complaint = "";

    /// <summary>Somebody else vouches for this instance, not its own CA.</summary>
    public bool IsOperators => instance.CertificateFile is not null;

    /// <summary>The root of the local CA; null where nothing beyond loopback is served, or with the operator's certificate.</summary>
    public X509Certificate2? Root => _served?.Root;

    /// <summary>Null where nothing beyond loopback is served.</summary>
    public X509Certificate2? Leaf => _served?.Leaf;

    /// <summary>For the next connection.</summary>
    public SslServerAuthenticationOptions Options => _served?.Options ?? throw new InvalidOperationException("Nothing is served beyond loopback.");

    /// <summary>Makes, reads, renews; cheap when nothing is to be done.</summary>
    /// <exception cref="StartRefusedException">There is none that can be served.</exception>
    public void Look()
    {
        if (instance.Listen is not { } listen)
            return;
        var now = time.GetUtcNow();
        if (IsOperators)
            LookAtOperators();
        else
            LookAtOwn(CertificateNames.Of(IPAddress.Parse(listen), configuration["Public:Address"]), now);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var tick = new PeriodicTimer(Interval, time);
        while (instance.Listen is not null && await tick.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Look();
                _complaint = "";
            }
            catch (Exception refused) when (refused is StartRefusedException or IOException or UnauthorizedAccessException or CryptographicException)
            {
                // The one before goes on being served. Said once, not every ten seconds.
                if (_complaint != refused.Message)
                    LogRefused(_complaint = refused.Message);
            }
        }
    }

    private void LookAtOperators()
    {
        var pem = File.Exists(paths.OperatorCertificate) ? File.ReadAllText(paths.OperatorCertificate) : "";
        if (pem.Length > 0 && pem == _served?.Source)
            return;
        var pair = CertificatePair.Parse(pem, paths.OperatorCertificate);
        Serve(pair.Leaf, pair.Others, root: null, pem);
    }

    private void LookAtOwn(CertificateNames names, DateTimeOffset now)
    {
        using var authority = Authority(names, now);
        if (_served is { Root: { } root } served && root.RawDataMemory.Span.SequenceEqual(authority.Root.RawDataMemory.Span)
            && authority.IsGood(served.Leaf, names, now))
            return;
        var leaf = _files.Leaf(authority, names, now);
        Serve(leaf, [], X509CertificateLoader.LoadCertificate(authority.Root.RawData), source: "");
        var left = names.All.Except(CertificateNames.Of(leaf).All).ToArray();
        if (left.Length > 0)
            LogNotCovered(string.Join(", ", left));
    }

    private LocalAuthority Authority(CertificateNames names, DateTimeOffset now)
    {
        if (_files.Read() is { } known)
        {
            if (now < LocalAuthority.EndOf(known.Root))
                return known;
            LogEnded(LocalAuthority.EndOf(known.Root));
            known.Dispose();
        }
        var made = _files.Create(names, now);
        LogMade(LocalAuthority.FingerprintOf(made.Root));
        return made;
    }

    private void Serve(X509Certificate2 leaf, X509Certificate2Collection others, X509Certificate2? root, string source)
    {
        var options = new SslServerAuthenticationOptions
        {
            // Offline: no request to anybody for the sake of a handshake.
            ServerCertificateContext = SslStreamCertificateContext.Create(leaf, others, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = false,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        };
        _served = new Served(leaf, root, options, source);
        LogServed(leaf.SubjectName.Name, LocalAuthority.EndOf(leaf));
    }

    /// <summary>What went before is left to the collector: handshakes that began with it may be under way.</summary>
    private sealed record Served(X509Certificate2 Leaf, X509Certificate2? Root, SslServerAuthenticationOptions Options, string Source);

    [LoggerMessage(5200, LogLevel.Information, "Served beyond loopback from now on: {Subject}, until {End}")]
    private partial void LogServed(string subject, DateTimeOffset end);

    [LoggerMessage(5201, LogLevel.Information, "Made a local CA, SHA-256 {Fingerprint}")]
    private partial void LogMade(string fingerprint);

    [LoggerMessage(5202, LogLevel.Warning, "The local CA ended {End}: another one is made, which every phone and browser has to install")]
    private partial void LogEnded(DateTimeOffset end);

    [LoggerMessage(5203, LogLevel.Warning, "The local CA may not vouch for {Names}: whoever comes by them is warned. ./fieldcrm ca new makes one that may")]
    private partial void LogNotCovered(string names);

    [LoggerMessage(5204, LogLevel.Warning, "Going on with the certificate that is served: {Reason}")]
    private partial void LogRefused(string reason);
}
