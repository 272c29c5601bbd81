using System.Globalization;
using System.Net;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.Tls;

namespace FieldCrm.Hub.Http;

/// <summary>
/// Addresses given to people and devices. First <c>Public:Address</c> (environment <c>Public__Address</c>), what the world calls
/// this instance; else the host that was asked; and who asked on loopback is given what others reach, where anything is.
/// </summary>
internal sealed class PublicUrls(IConfiguration configuration, Instance instance, ServedCertificate certificate, ProxySettings proxy)
{
    private const int HttpsPort = 443;

    private readonly string? _address = configuration["Public:Address"]?.TrimEnd('/');

    /// <summary>The position's parameters are appended to it directly.</summary>
    public string OfDevice(HttpRequest request, string token) => $"{Base(request)}/osmand/{token}?";

    /// <summary>
    /// The same by plain HTTP, for a tracker that cannot be taught the local CA; null where that CA is not in the way or no such
    /// port is open to others.
    /// </summary>
    public string? PlainOfDevice(HttpRequest request, string token) => IsAuthorityNeeded && instance.TrackerPort is { } port
        ? string.Create(CultureInfo.InvariantCulture, $"http://{new Uri(Base(request)).Host}:{port}/osmand/{token}?") : null;

    /// <summary>Where a client gets the root that <see cref="OfDevice"/> needs; null where it needs none.</summary>
    public string? OfAuthority(HttpRequest request) => IsAuthorityNeeded ? $"{Base(request)}{AuthorityEndpoints.Path}" : null;

    public string OfSignIn(HttpRequest request, string link) => $"{Base(request)}/sign-in/{link}";

    public bool IsPublicOrigin(string origin) =>
        Uri.TryCreate(_address, UriKind.Absolute, out var address)
        && string.Equals(origin, address.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase);

    // Behind a proxy it is the proxy's certificate that clients see.
    private bool IsAuthorityNeeded => certificate.Root is not null && !proxy.IsConfigured;

    private string Base(HttpRequest request) => _address
        ?? (IsLoopback(request.Host.Host) ? Elsewhere() : null) ?? $"{request.Scheme}://{request.Host}";

    private string? Elsewhere()
    {
        if (instance.Listen is not { } listen || Host(IPAddress.Parse(listen)) is not { } host)
            return null;
        return instance.Port == HttpsPort ? $"https://{host}" : string.Create(CultureInfo.InvariantCulture, $"https://{host}:{instance.Port}");
    }

    // The operator's certificate stands for names; the local CA's for the address as well.
    private string? Host(IPAddress listen)
    {
        var names = certificate is { IsOperators: true, Leaf: { } leaf } ? CertificateNames.Of(leaf) : new([], []);
        if (names.Hosts.FirstOrDefault(h => !h.StartsWith('*')) is { } name)
            return name;
        return CertificateNames.Reachable(listen) is { } address ? new UriBuilder("https", address.ToString()).Host : null;
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host, out var address) && TlsListening.IsLoopback(address);
}
