using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Tls;

/// <summary>
/// The operator's own certificate: PEM, the server's first or not, with what stands between it and a root, and its key. Read
/// whole or refused with one line; the codes are in docs/OPERATING.md.
/// </summary>
internal sealed class CertificatePair : IDisposable
{
    // A chain of RSA certificates is 10 KB.
    private const int MaxFileBytes = 256 * 1024;
    private const int MinRsaBits = 2_048;

    private const string ForServers = "1.3.6.1.5.5.7.3.1";
    private const string ForAnything = "2.5.29.37.0";

    private CertificatePair(X509Certificate2 leaf, X509Certificate2Collection others)
    {
        Leaf = leaf;
        Others = others;
    }

    /// <summary>The server's own, with its key.</summary>
    public X509Certificate2 Leaf { get; }

    /// <summary>What is sent beside it.</summary>
    public X509Certificate2Collection Others { get; }

    /// <exception cref="StartRefusedException">Codes <c>tls.certificate-…</c> and <c>tls.key-…</c>.</exception>
    public static CertificatePair Read(string certificateFile, string keyFile, DateTimeOffset now)
    {
        var certificates = ReadText("certificate", certificateFile);
        var key = ReadText("key", keyFile);
        return Parse(certificates, key, certificateFile, keyFile, now);
    }

    /// <summary>
    /// Both in one text, as <see cref="ToPem"/> wrote them. Whatever the time: a certificate that ended while it was served must
    /// not keep a server from starting again, which loopback and trackers need as well.
    /// </summary>
    public static CertificatePair Parse(string pem, string file) => Parse(pem, pem, file, file, now: null);

    public string ToPem()
    {
        using var key = (AsymmetricAlgorithm?)Leaf.GetECDsaPrivateKey() ?? Leaf.GetRSAPrivateKey()
            ?? throw new CryptographicException("a key of another kind");
        return string.Join('\n', [Leaf.ExportCertificatePem(), .. Others.Select(c => c.ExportCertificatePem()), key.ExportPkcs8PrivateKeyPem(), ""]);
    }

    public void Dispose()
    {
        Leaf.Dispose();
        foreach (var other in Others)
            other.Dispose();
    }

    private static CertificatePair Parse(string certificates, string keyText, string certificateFile, string keyFile, DateTimeOffset? now)
    {
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(certificates);
        }
        catch (CryptographicException)
        {
            throw Refused("certificate-malformed", $"{certificateFile} holds no certificate that can be read: give the chain as PEM.");
        }
        if (chain.Count == 0)
            throw Refused("certificate-malformed", $"{certificateFile} holds no certificate: give the chain as PEM (-----BEGIN CERTIFICATE-----).");
        using var key = ReadKey(keyText, keyFile);
        foreach (var certificate in chain)
        {
            if (WithKey(certificate, key) is not { } leaf)
                continue;
            chain.Remove(certificate);
            certificate.Dispose();
            var pair = new CertificatePair(leaf, chain);
            pair.Require(certificateFile, now);
            return pair;
        }
        throw Refused("key-mismatch", $"The key in {keyFile} belongs to no certificate in {certificateFile}: give the two that were issued together.");
    }

    private void Require(string file, DateTimeOffset? now)
    {
        if (now >= LocalAuthority.EndOf(Leaf))
            throw Refused("certificate-expired", $"The certificate in {file} ended {Day(LocalAuthority.EndOf(Leaf))}: renew it.");
        if (now < LocalAuthority.StartOf(Leaf))
            throw Refused("certificate-too-early", $"The certificate in {file} is valid from {Day(LocalAuthority.StartOf(Leaf))} on: is this machine's clock right?");
        if (CertificateNames.Of(Leaf) is { Hosts.Count: 0, Addresses.Count: 0 })
            throw Refused("certificate-nameless", $"The certificate in {file} names no host (subjectAltName), so no browser takes it: have it issued with one.");
        if (Leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } usage
            && !usage.EnhancedKeyUsages.Cast<Oid>().Any(o => o.Value is ForServers or ForAnything))
            throw Refused("certificate-purpose", $"The certificate in {file} is not for servers (extended key usage): have it issued for TLS servers.");
    }

    private static X509Certificate2? WithKey(X509Certificate2 certificate, AsymmetricAlgorithm key)
    {
        try
        {
            return key is RSA rsa ? certificate.CopyWithPrivateKey(rsa) : certificate.CopyWithPrivateKey((ECDsa)key);
        }
        catch (ArgumentException)
        {
            return null; // another certificate's
        }
    }

    private static AsymmetricAlgorithm ReadKey(string text, string file)
    {
        if (text.Contains("ENCRYPTED", StringComparison.Ordinal))
            throw Refused("key-encrypted", $"The key in {file} is encrypted, and a server starts without anybody to ask: store it decrypted, readable by its owner alone.");
        if (!text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw Refused("key-malformed", $"{file} holds no private key: give it as PEM (-----BEGIN PRIVATE KEY-----).");
        if (TryImport(ECDsa.Create(), text) is { } ec)
            return ec;
        if (TryImport(RSA.Create(), text) is { } rsa)
        {
            if (rsa.KeySize >= MinRsaBits)
                return rsa;
            rsa.Dispose();
            throw Refused("key-weak", $"The key in {file} has {rsa.KeySize} bits: use RSA with {MinRsaBits} or more, or ECDSA.");
        }
        throw Refused("key-malformed", $"The key in {file} is damaged or of a kind that is not served: use ECDSA or RSA as PEM.");
    }

    private static T? TryImport<T>(T key, string text)
        where T : AsymmetricAlgorithm
    {
        try
        {
            key.ImportFromPem(text);
            return key;
        }
        catch (Exception other) when (other is CryptographicException or ArgumentException)
        {
            key.Dispose();
            return null;
        }
    }

    private static string ReadText(string what, string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var content = new byte[MaxFileBytes + 1];
            var length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return length <= MaxFileBytes
                ? System.Text.Encoding.UTF8.GetString(content, 0, length)
                : throw Refused($"{what}-malformed", $"{file} is larger than {MaxFileBytes / 1024} KB: it is no {what} in PEM.");
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Refused($"{what}-missing", $"There is no file {file}: --tls-{(what == "key" ? what : "cert")} names the {what} in PEM.");
        }
        catch (Exception unreadable) when (unreadable is UnauthorizedAccessException or IOException)
        {
            throw Refused($"{what}-unreadable", $"{file} cannot be read by who starts this: {unreadable.Message}");
        }
    }

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static StartRefusedException Refused(string code, string message) => new($"tls.{code}", $"tls.{code}: {message}");
}
