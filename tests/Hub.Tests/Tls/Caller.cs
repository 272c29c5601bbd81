using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Tls;

/// <summary>Somebody elsewhere, who trusts the roots that he was given and no others.</summary>
internal static class Caller
{
    public static SocketsHttpHandler Trusting(X509Certificate2? root, DateTimeOffset? at = null)
    {
        var handler = LoopbackAddress.Handler();
        handler.SslOptions.CertificateChainPolicy = Policy(root, at);
        return handler;
    }

    /// <summary>What is shown to a handshake, which must succeed under <paramref name="root"/> at a time.</summary>
    public static async Task<X509Certificate2> ShownAsync(IPAddress address, int port, X509Certificate2 root, DateTimeOffset at, string? host = null)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address, port);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = host ?? address.ToString(), CertificateChainPolicy = Policy(root, at),
        });
        return X509CertificateLoader.LoadCertificate(tls.RemoteCertificate!.GetRawCertData());
    }

    /// <summary>Whatever is shown, trusted or not.</summary>
    public static async Task<(X509Certificate2 Shown, SslProtocols Protocol)> LookAsync(IPAddress address, int port, SslProtocols protocols = SslProtocols.None)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address, port);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = address.ToString(), EnabledSslProtocols = protocols, RemoteCertificateValidationCallback = (_, _, _, _) => true,
        });
        return (X509CertificateLoader.LoadCertificate(tls.RemoteCertificate!.GetRawCertData()), tls.SslProtocol);
    }

    private static X509ChainPolicy Policy(X509Certificate2? root, DateTimeOffset? at)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
        };
        if (root is not null)
            policy.CustomTrustStore.Add(root);
        if (at is { } time)
            (policy.VerificationTimeIgnored, policy.VerificationTime) = (false, time.UtcDateTime);
        return policy;
    }
}
