using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FieldCrm.Hub.Tests.Tls;

/// <summary>Certificates as an operator gets them from elsewhere: a root, an intermediate, and a server's under it.</summary>
internal sealed class MadeCertificate : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset End = new(2036, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private const string ForServers = "1.3.6.1.5.5.7.3.1";

    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly AsymmetricAlgorithm _key;

    /// <param name="purpose">OID of the extended key usage.</param>
    public MadeCertificate(
        string? host = "crm.example.org", IPAddress? address = null, DateTimeOffset? start = null, DateTimeOffset? end = null,
        string purpose = ForServers, int rsaBits = 0)
    {
        var root = new CertificateRequest("CN=Test root", _rootKey, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Root = root.CreateSelfSigned(Start.AddYears(-1), End.AddYears(1));
        var middle = new CertificateRequest("CN=Test intermediate", _middleKey, HashAlgorithmName.SHA256);
        middle.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var issued = middle.Create(Root, Start.AddYears(-1), End.AddYears(1), [2]);
        Middle = issued.CopyWithPrivateKey(_middleKey);

        _key = rsaBits > 0 ? RSA.Create(rsaBits) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = _key is RSA rsa
            ? new CertificateRequest("CN=test", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=test", (ECDsa)_key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        if (host is not null || address is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            if (host is not null)
                names.AddDnsName(host);
            if (address is not null)
                names.AddIpAddress(address);
            request.CertificateExtensions.Add(names.Build());
        }
        var generator = X509SignatureGenerator.CreateForECDsa(_middleKey);
        Server = request.Create(Middle.SubjectName, generator, start ?? Start, end ?? End, RandomNumberGenerator.GetBytes(12));
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Middle { get; }

    public X509Certificate2 Server { get; }

    public string ServerPem => Server.ExportCertificatePem() + "\n";

    public string MiddlePem => Middle.ExportCertificatePem() + "\n";

    public string ChainPem => ServerPem + MiddlePem;

    public string KeyPem => _key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>As older tools write it: <c>EC PRIVATE KEY</c>, <c>RSA PRIVATE KEY</c>.</summary>
    public string OldKeyPem => (_key is RSA rsa ? rsa.ExportRSAPrivateKeyPem() : ((ECDsa)_key).ExportECPrivateKeyPem()) + "\n";

    public string EncryptedKeyPem => _key.ExportEncryptedPkcs8PrivateKeyPem(
        "secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2_000)) + "\n";

    public void Dispose()
    {
        Root.Dispose();
        Middle.Dispose();
        Server.Dispose();
        _key.Dispose();
        _rootKey.Dispose();
        _middleKey.Dispose();
    }
}
