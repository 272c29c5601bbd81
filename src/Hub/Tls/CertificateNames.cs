using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace FieldCrm.Hub.Tls;

/// <summary>By what names and addresses this instance is reached beyond loopback: what its own certificate stands for.</summary>
internal sealed record CertificateNames(IReadOnlyList<string> Hosts, IReadOnlyList<IPAddress> Addresses)
{
    // A machine with containers has dozens of addresses; a certificate with hundreds is refused by some clients.
    private const int MaxAddresses = 64;

    /// <summary>For people, the first one first.</summary>
    public IEnumerable<string> All => [.. Addresses.Select(a => a.ToString()), .. Hosts];

    /// <param name="listen">An address, or one that means all of them: then those that the machine has now.</param>
    /// <param name="publicAddress">What the world calls this instance, where that is configured.</param>
    public static CertificateNames Of(IPAddress listen, string? publicAddress)
    {
        var addresses = IsAny(listen) ? OfMachine(listen) : [listen];
        var hosts = new List<string>();
        var machine = Dns.GetHostName().ToLowerInvariant();
        if (IsHost(machine))
            hosts.AddRange(machine.Contains('.', StringComparison.Ordinal) ? [machine] : [machine, machine + ".local"]);
        if (Uri.TryCreate(publicAddress, UriKind.Absolute, out var address))
        {
            if (IPAddress.TryParse(address.IdnHost, out var known))
                addresses = [.. addresses, known];
            else if (IsHost(address.IdnHost))
                hosts.Add(address.IdnHost.ToLowerInvariant());
        }
        return new CertificateNames([.. hosts.Distinct(StringComparer.Ordinal)], [.. addresses.Distinct().Take(MaxAddresses)]);
    }

    public static CertificateNames Of(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return names is null ? new([], []) : new([.. names.EnumerateDnsNames()], [.. names.EnumerateIPAddresses()]);
    }

    /// <summary>What of these a CA with such limits can vouch for.</summary>
    public CertificateNames Within(NameLimits? limits) => limits is null
        ? this : new([.. Hosts.Where(limits.Permits)], [.. Addresses.Where(limits.Permits)]);

    public bool Covers(CertificateNames others) => All.ToHashSet().IsSupersetOf(others.All);

    /// <summary>The address that others most likely reach this machine by; null where it has none but loopback.</summary>
    public static IPAddress? Reachable(IPAddress listen) => IsAny(listen) ? OfMachine(listen).FirstOrDefault() : listen;

    private static bool IsAny(IPAddress listen) => listen.Equals(IPAddress.Any) || listen.Equals(IPAddress.IPv6Any);

    // Those with a way out first, and IPv4 first: it is what a person can type into a phone.
    private static IPAddress[] OfMachine(IPAddress listen) =>
    [
        .. from network in NetworkInterface.GetAllNetworkInterfaces()
           where network.OperationalStatus != OperationalStatus.Down && network.NetworkInterfaceType != NetworkInterfaceType.Loopback
           let properties = network.GetIPProperties()
           from address in properties.UnicastAddresses.Select(u => u.Address)
           where !address.IsIPv6LinkLocal && !IPAddress.IsLoopback(address)
              && (address.AddressFamily == AddressFamily.InterNetwork || listen.Equals(IPAddress.IPv6Any))
           orderby properties.GatewayAddresses.Count == 0, address.AddressFamily != AddressFamily.InterNetwork
           select WithoutScope(address),
    ];

    private static IPAddress WithoutScope(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? new IPAddress(address.GetAddressBytes()) : address;

    private static bool IsHost(string name) =>
        Uri.CheckHostName(name) == UriHostNameType.Dns && name.All(char.IsAscii) && !name.Equals("localhost", StringComparison.OrdinalIgnoreCase);
}
