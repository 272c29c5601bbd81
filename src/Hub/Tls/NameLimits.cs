using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace FieldCrm.Hub.Tls;

/// <summary>
/// What a local CA may vouch for (RFC 5280, 4.2.1.10): names and addresses that are nobody's in the world, and those that this
/// instance had when the CA was made. Phones trust the root with everything they do; whoever stole its key could still not be
/// their bank.
/// </summary>
internal sealed class NameLimits
{
    private const string Oid = "2.5.29.30";

    private static readonly Asn1Tag Permitted = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag HostTag = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag AddressTag = new(TagClass.ContextSpecific, 7);

    // RFC 6762, RFC 8375, ICANN's reservation of 2024, and what home routers hand out.
    private static readonly string[] LocalSuffixes = ["local", "home.arpa", "internal", "lan"];

    private static readonly IPNetwork[] LocalNetworks = [.. new[]
    {
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10",
    }.Select(IPNetwork.Parse)];

    private readonly IReadOnlyList<string> _suffixes;
    private readonly IReadOnlyList<IPNetwork> _networks;

    private NameLimits(IReadOnlyList<string> suffixes, IReadOnlyList<IPNetwork> networks)
    {
        _suffixes = suffixes;
        _networks = networks;
    }

    /// <summary>What is local anywhere, and these names.</summary>
    public static NameLimits Around(CertificateNames names)
    {
        var local = new NameLimits(LocalSuffixes, LocalNetworks);
        return new NameLimits(
            [.. LocalSuffixes, .. names.Hosts.Where(h => !local.Permits(h))],
            [.. LocalNetworks, .. names.Addresses.Where(a => !local.Permits(a)).Select(a => new IPNetwork(a, a.GetAddressBytes().Length * 8))]);
    }

    /// <summary>Null where a certificate limits nothing.</summary>
    public static NameLimits? Of(X509Certificate2 certificate) =>
        certificate.Extensions.FirstOrDefault(e => e.Oid?.Value == Oid) is { } extension ? Read(extension.RawData) : null;

    public bool Permits(string host) => _suffixes.Any(s => host.Equals(s, StringComparison.OrdinalIgnoreCase)
        || host.EndsWith('.' + s, StringComparison.OrdinalIgnoreCase));

    public bool Permits(IPAddress address) => _networks.Any(n => n.Contains(address));

    public X509Extension ToExtension()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(Permitted))
        {
            foreach (var suffix in _suffixes)
            {
                using (writer.PushSequence())
                    writer.WriteCharacterString(UniversalTagNumber.IA5String, suffix, HostTag);
            }
            foreach (var network in _networks)
            {
                using (writer.PushSequence())
                    writer.WriteOctetString([.. network.BaseAddress.GetAddressBytes(), .. Mask(network)], AddressTag);
            }
        }
        return new X509Extension(Oid, writer.Encode(), critical: true);
    }

    private static NameLimits Read(byte[] content)
    {
        var (suffixes, networks) = (new List<string>(), new List<IPNetwork>());
        var subtrees = new AsnReader(content, AsnEncodingRules.DER).ReadSequence().ReadSequence(Permitted);
        while (subtrees.HasData)
        {
            var subtree = subtrees.ReadSequence();
            if (subtree.PeekTag() == HostTag)
            {
                suffixes.Add(subtree.ReadCharacterString(UniversalTagNumber.IA5String, HostTag));
            }
            else
            {
                var pair = subtree.ReadOctetString(AddressTag);
                var half = pair.Length / 2;
                networks.Add(new IPNetwork(new IPAddress(pair.AsSpan(0, half)), pair.Skip(half).Sum(b => byte.PopCount(b))));
            }
        }
        return new NameLimits(suffixes, networks);
    }

    private static byte[] Mask(IPNetwork network)
    {
        var mask = new byte[network.BaseAddress.GetAddressBytes().Length];
        for (var bit = 0; bit < network.PrefixLength; bit++)
            mask[bit / 8] |= (byte)(0x80 >> (bit % 8));
        return mask;
    }
}
