using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FieldCrm.Hub.Tls;

/// <summary>
/// A certificate authority of one instance, for networks where no other one vouches for it. ECDSA P-256. The root is what
/// phones and browsers are told to trust; what is served is a leaf under it, renewed often enough that every client takes it.
/// </summary>
internal sealed class LocalAuthority : IDisposable
{
    public static readonly TimeSpan RootLifetime = TimeSpan.FromDays(3_652);

    /// <summary>Browsers refuse what is valid for longer than 398 days.</summary>
    public static readonly TimeSpan LeafLifetime = TimeSpan.FromDays(397);

    /// <summary>A leaf with less left than this is replaced.</summary>
    public static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    // Phones whose clock is behind must not see a certificate of tomorrow.
    private static readonly TimeSpan Backdated = TimeSpan.FromHours(1);

    private static readonly OidCollection ForServers = [new Oid("1.3.6.1.5.5.7.3.1")];

    private LocalAuthority(X509Certificate2 root) => Root = root;

    /// <summary>With its private key.</summary>
    public X509Certificate2 Root { get; }

    public NameLimits? Limits => NameLimits.Of(Root);

    /// <param name="owner">Tells the root from another instance's in a phone's list.</param>
    public static LocalAuthority Create(CertificateNames names, string owner, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Subject($"FieldCrm on {owner}"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(ForServers, critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(NameLimits.Around(names).ToExtension());
        var from = WholeSecond(now - Backdated);
        return new LocalAuthority(request.CreateSelfSigned(from, from + RootLifetime));
    }

    /// <exception cref="CryptographicException">It is none.</exception>
    public static LocalAuthority FromPem(string pem) => new(X509Certificate2.CreateFromPem(pem, pem));

    public static string ToPem(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey() ?? throw new CryptographicException("a key that is not ECDSA");
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }

    /// <summary>A fresh key and a certificate for these names, as far as the root may vouch for them.</summary>
    public X509Certificate2 Issue(CertificateNames names, DateTimeOffset now)
    {
        var within = names.Within(Limits);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Subject(within.All.FirstOrDefault() ?? "nothing"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(ForServers, critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Root, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var host in within.Hosts)
            alternatives.AddDnsName(host);
        foreach (var address in within.Addresses)
            alternatives.AddIpAddress(address);
        request.CertificateExtensions.Add(alternatives.Build());
        var (first, last) = (StartOf(Root), EndOf(Root));
        var from = WholeSecond(now - Backdated);
        from = from < first ? first : from;
        var until = from + LeafLifetime;
        using var issued = request.Create(Root, from, until < last ? until : last, Serial());
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>Whether a certificate is this root's own, for the names that it can stand for, and long enough before its end.</summary>
    public bool IsGood(X509Certificate2 leaf, CertificateNames names, DateTimeOffset now) =>
        now >= StartOf(leaf) && (now < EndOf(leaf) - RenewBefore || EndOf(leaf) == EndOf(Root) && now < EndOf(leaf))
        && CertificateNames.Of(leaf).Covers(names.Within(Limits)) && IsIssuerOf(leaf);

    public static DateTimeOffset StartOf(X509Certificate2 certificate) => new(certificate.NotBefore.ToUniversalTime());

    public static DateTimeOffset EndOf(X509Certificate2 certificate) => new(certificate.NotAfter.ToUniversalTime());

    /// <summary>SHA-256, in pairs: what a person compares with what a phone shows.</summary>
    public static string FingerprintOf(X509Certificate2 certificate) =>
        string.Join(':', certificate.GetCertHash(HashAlgorithmName.SHA256).Select(b => $"{b:X2}"));

    public void Dispose() => Root.Dispose();

    private bool IsIssuerOf(X509Certificate2 leaf)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        // Whether it is time is asked above, and by another clock than the system's.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(leaf);
    }

    private static X500DistinguishedName Subject(string name)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(name.Length <= 64 ? name : name[..64]); // X.520's bound
        builder.AddOrganizationName("FieldCrm");
        return builder.Build();
    }

    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)(serial[0] & 0x7F | 0x40); // positive, and never a byte shorter
        return serial;
    }

    private static DateTimeOffset WholeSecond(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
}
