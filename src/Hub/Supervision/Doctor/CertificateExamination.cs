using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using FieldCrm.Hub.Tls;

namespace FieldCrm.Hub.Supervision.Doctor;

/// <summary>
/// What others are shown beyond loopback: that it can be used, for how long, for which names, and that the server shows this one
/// and not another.
/// </summary>
internal sealed class CertificateExamination(InstancePaths paths, Instance instance, string? publicAddress, TimeProvider time)
{
    private const string Name = "certificate";

    private static readonly TimeSpan HandshakeDeadline = TimeSpan.FromSeconds(3);

    private readonly List<Finding> _findings = [];

    /// <exception cref="StartRefusedException">It cannot be used: <c>tls.…</c>.</exception>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        if (instance.Listen is not { } text)
        {
            Add(FindingState.Ok, "not needed: this instance listens on loopback alone");
            return _findings;
        }
        var listen = IPAddress.Parse(text);
        using var leaf = instance is { CertificateFile: { } certificate, KeyFile: { } key } ? Operators(certificate, key) : Local(listen);
        if (leaf is not null && CertificateNames.Reachable(listen) is { } reachable)
            await CompareWithServedAsync(leaf, reachable, cancellationToken);
        return _findings;
    }

    private X509Certificate2? Operators(string certificate, string key)
    {
        using var pair = CertificatePair.Read(certificate, key, time.GetUtcNow());
        var end = LocalAuthority.EndOf(pair.Leaf);
        var names = string.Join(", ", CertificateNames.Of(pair.Leaf).All);
        Add(end - time.GetUtcNow() < OperatorCertificate.WarnBefore ? FindingState.Problem : FindingState.Ok,
            $"{certificate} for {names}, until {Day(end)}; the key belongs to it");
        if ((File.GetUnixFileMode(key) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != 0)
            Add(FindingState.Note, $"{key} can be read by others than its owner");
        return X509CertificateLoader.LoadCertificate(pair.Leaf.RawData);
    }

    private X509Certificate2? Local(IPAddress listen)
    {
        var files = new AuthorityFiles(paths);
        using var authority = files.Read();
        if (authority is null)
        {
            Add(FindingState.Note, "no local CA yet: the server makes one when it starts");
            return null;
        }
        var now = time.GetUtcNow();
        var rootEnd = LocalAuthority.EndOf(authority.Root);
        Add(rootEnd - now < LocalAuthority.LeafLifetime ? FindingState.Note : FindingState.Ok,
            $"local CA until {Day(rootEnd)}, SHA-256 {LocalAuthority.FingerprintOf(authority.Root)}");
        if (File.GetUnixFileMode(paths.Authority) != PrivateFile.Mode)
            Add(FindingState.Problem, $"{paths.Authority} holds a key and can be read by others: chmod 600 {paths.Authority}");
        var names = CertificateNames.Of(listen, publicAddress);
        var outside = names.All.Except(names.Within(authority.Limits).All).ToArray();
        if (outside.Length > 0)
            Add(FindingState.Problem, $"the local CA may not vouch for {string.Join(", ", outside)}: make another with ./fieldcrm ca new, or use a certificate of your own");
        if (files.StoredLeaf() is not { } leaf)
        {
            Add(FindingState.Note, "nothing is issued yet: the server does so when it starts");
            return null;
        }
        Add(authority.IsGood(leaf, names, now) ? FindingState.Ok : FindingState.Note, authority.IsGood(leaf, names, now)
            ? $"for {string.Join(", ", CertificateNames.Of(leaf).All)}, until {Day(LocalAuthority.EndOf(leaf))}"
            : "what was issued last is due for renewal: the server does so within seconds, or when it starts");
        return leaf;
    }

    // Whoever answers on the port is asked to show what he has; a server that is down is another finding's.
    private async Task CompareWithServedAsync(X509Certificate2 expected, IPAddress address, CancellationToken cancellationToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(HandshakeDeadline);
        try
        {
            using var client = new TcpClient(address.AddressFamily);
            await client.ConnectAsync(address, instance.Port, bounded.Token);
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = address.ToString(), RemoteCertificateValidationCallback = (_, _, _, _) => true }, bounded.Token);
            var isSame = tls.RemoteCertificate is { } shown && shown.GetRawCertData().AsSpan().SequenceEqual(expected.RawData);
            Add(isSame ? FindingState.Ok : FindingState.Problem, isSame
                ? $"the server shows it on {address} port {instance.Port}"
                : $"on {address} port {instance.Port} another certificate is shown: is it another program's port, or was the file changed within the last seconds?");
        }
        catch (Exception down) when (down is SocketException or OperationCanceledException)
        {
            Add(FindingState.Note, $"nobody answers on {address} port {instance.Port}");
        }
        catch (Exception failed) when (failed is AuthenticationException or IOException)
        {
            Add(FindingState.Problem, $"on {address} port {instance.Port} no TLS is spoken: {failed.Message}");
        }
    }

    private void Add(FindingState state, string detail) => _findings.Add(new Finding(Name, state, detail));

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
