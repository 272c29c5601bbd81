using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.Tls;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Tls;

/// <summary>What an operator may hand us, and the one line for what he may not.</summary>
public sealed class CertificatePairTests : IDisposable
{
    private static readonly DateTimeOffset Now = MadeCertificate.Start.AddDays(100);

    private readonly string _directory = TemporaryDirectory.Create("pair");
    private readonly MadeCertificate _made = new();

    private string Certificate => Path.Combine(_directory, "fullchain.pem");

    private string Key => Path.Combine(_directory, "privkey.pem");

    public void Dispose()
    {
        _made.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void Given_a_chain_and_its_key_Then_the_servers_is_found_wherever_it_stands_and_the_rest_goes_along()
    {
        foreach (var chain in new[] { _made.ServerPem + _made.MiddlePem, _made.MiddlePem + _made.ServerPem })
        {
            using var pair = Read(chain, _made.KeyPem);
            Assert.Equal(_made.Server.Thumbprint, pair.Leaf.Thumbprint);
            Assert.True(pair.Leaf.HasPrivateKey);
            Assert.Equal([_made.Middle.Thumbprint], pair.Others.Select(c => c.Thumbprint));
        }
    }

    [Fact]
    public void Given_keys_as_different_tools_write_them_Then_they_are_read_and_one_file_holds_both_afterwards()
    {
        using var rsa = new MadeCertificate(rsaBits: 2048);
        foreach (var (made, key) in new[] { (_made, _made.OldKeyPem), (rsa, rsa.KeyPem), (rsa, rsa.OldKeyPem) })
        {
            using var pair = Read(made.ChainPem, key);
            using var again = CertificatePair.Parse(pair.ToPem(), "one.pem");
            Assert.Equal(made.Server.Thumbprint, again.Leaf.Thumbprint);
            Assert.True(again.Leaf.HasPrivateKey);
            Assert.Single(again.Others);
        }
    }

    [Fact]
    public void Given_a_pair_that_cannot_be_served_Then_one_line_names_the_code_and_the_file()
    {
        using var other = new MadeCertificate();
        using var ended = new MadeCertificate(end: Now);
        using var early = new MadeCertificate(start: Now.AddSeconds(1));
        using var nameless = new MadeCertificate(host: null);
        using var client = new MadeCertificate(purpose: "1.3.6.1.5.5.7.3.2");
        using var weak = new MadeCertificate(rsaBits: 1024);
        var cases = new (string Code, string? Chain, string? Key, string File)[]
        {
            ("tls.certificate-missing", null, _made.KeyPem, Certificate),
            ("tls.key-missing", _made.ChainPem, null, Key),
            ("tls.certificate-malformed", "no certificate\n", _made.KeyPem, Certificate),
            ("tls.certificate-malformed", "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n", _made.KeyPem, Certificate),
            ("tls.certificate-malformed", new string('x', 256 * 1024 + 1), _made.KeyPem, Certificate),
            ("tls.key-malformed", _made.ChainPem, "nothing\n", Key),
            ("tls.key-malformed", _made.ChainPem, "-----BEGIN PRIVATE KEY-----\nMAo=\n-----END PRIVATE KEY-----\n", Key),
            ("tls.key-encrypted", _made.ChainPem, _made.EncryptedKeyPem, Key),
            ("tls.key-encrypted", _made.ChainPem, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMAo=\n-----END RSA PRIVATE KEY-----\n", Key),
            ("tls.key-mismatch", _made.ChainPem, other.KeyPem, Key),
            ("tls.key-mismatch", _made.MiddlePem, _made.KeyPem, Certificate),
            ("tls.key-weak", weak.ChainPem, weak.KeyPem, Key),
            ("tls.certificate-expired", ended.ChainPem, ended.KeyPem, Certificate),
            ("tls.certificate-too-early", early.ChainPem, early.KeyPem, Certificate),
            ("tls.certificate-nameless", nameless.ChainPem, nameless.KeyPem, Certificate),
            ("tls.certificate-purpose", client.ChainPem, client.KeyPem, Certificate),
        };
        foreach (var (code, chain, key, file) in cases)
        {
            var refused = Assert.Throws<StartRefusedException>(() => Read(chain, key));
            Assert.Equal(code, refused.Failure.Code);
            Assert.StartsWith($"{code}: ", refused.Message, StringComparison.Ordinal);
            Assert.Contains(file, refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refused.Message);
        }
    }

    [Fact]
    public void Given_a_directory_instead_of_a_file_Then_it_is_unreadable()
    {
        File.WriteAllText(Key, _made.KeyPem);
        var refused = Assert.Throws<StartRefusedException>(() => CertificatePair.Read(_directory, Key, Now));
        Assert.Equal("tls.certificate-unreadable", refused.Failure.Code);
    }

    [Fact]
    public void Given_a_certificate_that_ended_while_served_When_the_server_starts_again_Then_it_is_taken_all_the_same()
    {
        using var ended = new MadeCertificate(end: MadeCertificate.Start.AddDays(1));
        using var pair = CertificatePair.Parse(ended.ChainPem + ended.KeyPem, "operator.pem");
        Assert.Equal(ended.Server.Thumbprint, pair.Leaf.Thumbprint);
    }

    private CertificatePair Read(string? chain, string? key)
    {
        foreach (var (file, text) in new[] { (Certificate, chain), (Key, key) })
        {
            if (text is null)
                File.Delete(file);
            else
                File.WriteAllText(file, text);
        }
        return CertificatePair.Read(Certificate, Key, Now);
    }
}
