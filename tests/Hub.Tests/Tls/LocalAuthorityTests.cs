using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FieldCrm.Hub.Tls;

namespace FieldCrm.Hub.Tests.Tls;

public sealed class LocalAuthorityTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    private static readonly CertificateNames Names = new(["desk", "desk.local", "crm.example.org"], [IPAddress.Parse("192.168.1.20"), IPAddress.Parse("203.0.113.7")]);

    [Fact]
    public void Given_a_new_CA_Then_its_root_may_sign_servers_for_ten_years_and_nothing_below_another_CA()
    {
        using var authority = LocalAuthority.Create(Names, "desk", Now);
        var root = authority.Root;

        Assert.Equal("CN=FieldCrm on desk, O=FieldCrm", root.Subject);
        Assert.Equal(new DateTimeOffset(2026, 11, 22, 9, 0, 0, TimeSpan.Zero), LocalAuthority.StartOf(root));
        Assert.Equal(TimeSpan.FromDays(3_652), LocalAuthority.EndOf(root) - LocalAuthority.StartOf(root));
        using var key = root.GetECDsaPrivateKey();
        Assert.Equal("1.2.840.10045.3.1.7", key!.ExportParameters(false).Curve.Oid.Value); // P-256
        var basic = root.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.Equal((true, true, 0, true), (basic.CertificateAuthority, basic.HasPathLengthConstraint, basic.PathLengthConstraint, basic.Critical));
        Assert.Equal(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, root.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.True(root.Extensions.Single(e => e.Oid!.Value == "2.5.29.30").Critical);
        Assert.Equal(
            Convert.ToHexString(SHA256.HashData(root.RawData)), LocalAuthority.FingerprintOf(root).Replace(":", "", StringComparison.Ordinal));
        Assert.Equal(95, LocalAuthority.FingerprintOf(root).Length);
    }

    [Fact]
    public void Given_a_leaf_Then_it_stands_for_every_name_for_397_days_and_the_root_vouches_for_it()
    {
        using var authority = LocalAuthority.Create(Names, "desk", Now);
        using var leaf = authority.Issue(Names, Now);

        Assert.Equal(["desk", "desk.local", "crm.example.org"], CertificateNames.Of(leaf).Hosts);
        Assert.Equal(["192.168.1.20", "203.0.113.7"], CertificateNames.Of(leaf).Addresses.Select(a => a.ToString()));
        Assert.Equal(TimeSpan.FromDays(397), LocalAuthority.EndOf(leaf) - LocalAuthority.StartOf(leaf));
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, leaf.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.Equal("1.3.6.1.5.5.7.3.1", leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages[0].Value);
        Assert.Equal(X509ChainStatusFlags.NoError, Status(authority.Root, leaf));
        Assert.True(authority.IsGood(leaf, Names, Now));
    }

    [Theory]
    [InlineData("desk.local", null, true)]
    [InlineData("van.lan", null, true)]
    [InlineData("a.crm.example.org", null, true)]
    [InlineData("bank.example.org", null, false)]
    [InlineData("notcrm.example.org", null, false)]
    [InlineData("locals", null, false)]
    [InlineData(null, "10.200.3.4", true)]
    [InlineData(null, "172.31.255.255", true)]
    [InlineData(null, "172.32.0.0", false)]
    [InlineData(null, "fd00::2", true)]
    [InlineData(null, "2001:db8::1", false)]
    [InlineData(null, "203.0.113.7", true)]
    [InlineData(null, "203.0.113.8", false)]
    public void Given_a_stolen_root_When_it_signs_a_name_Then_a_client_takes_it_within_its_limits_only(string? host, string? address, bool expected)
    {
        using var authority = LocalAuthority.Create(Names, "desk", Now);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=forged", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (host is not null)
            names.AddDnsName(host);
        if (address is not null)
            names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        using var forged = request.Create(authority.Root, Now, Now.AddDays(1), [1, 2, 3]);

        Assert.Equal(expected, Status(authority.Root, forged) == X509ChainStatusFlags.NoError);
        Assert.Equal(expected, host is not null ? authority.Limits!.Permits(host) : authority.Limits!.Permits(IPAddress.Parse(address!)));
    }

    [Fact]
    public void Given_a_name_outside_the_limits_When_a_leaf_is_issued_Then_it_is_left_out_as_it_would_spoil_the_others()
    {
        using var authority = LocalAuthority.Create(Names, "desk", Now);
        var moved = new CertificateNames(["desk"], [IPAddress.Parse("198.51.100.9"), IPAddress.Parse("192.168.1.21")]);
        using var leaf = authority.Issue(moved, Now);

        Assert.Equal(["192.168.1.21", "desk"], CertificateNames.Of(leaf).All);
        Assert.Equal(X509ChainStatusFlags.NoError, Status(authority.Root, leaf));
        Assert.True(authority.IsGood(leaf, moved, Now));
        Assert.False(authority.IsGood(leaf, Names, Now));
    }

    [Fact]
    public void Given_a_leaf_Then_it_is_good_until_thirty_days_before_its_end_and_under_its_own_root_only()
    {
        using var authority = LocalAuthority.Create(Names, "desk", Now);
        using var other = LocalAuthority.Create(Names, "desk", Now);
        using var leaf = authority.Issue(Names, Now);
        var due = LocalAuthority.EndOf(leaf) - TimeSpan.FromDays(30);

        Assert.True(authority.IsGood(leaf, Names, due.AddSeconds(-1)));
        Assert.False(authority.IsGood(leaf, Names, due));
        Assert.False(authority.IsGood(leaf, Names, LocalAuthority.StartOf(leaf).AddSeconds(-1)));
        Assert.False(other.IsGood(leaf, Names, Now));
    }

    [Fact]
    public void Given_a_root_near_its_end_When_a_leaf_is_issued_Then_both_end_together_and_it_is_not_renewed_in_vain()
    {
        using var authority = LocalAuthority.Create(Names, "desk", Now);
        var late = LocalAuthority.EndOf(authority.Root).AddDays(-10);
        using var leaf = authority.Issue(Names, late);

        Assert.Equal(LocalAuthority.EndOf(authority.Root), LocalAuthority.EndOf(leaf));
        Assert.True(authority.IsGood(leaf, Names, late.AddDays(5)));
        Assert.False(authority.IsGood(leaf, Names, LocalAuthority.EndOf(leaf)));
    }

    [Fact]
    public void Given_a_CA_as_PEM_When_read_again_Then_it_is_the_same_and_can_sign()
    {
        using var authority = LocalAuthority.Create(Names, "desk", Now);
        using var read = LocalAuthority.FromPem(LocalAuthority.ToPem(authority.Root));
        using var leaf = read.Issue(Names, Now);

        Assert.Equal(LocalAuthority.FingerprintOf(authority.Root), LocalAuthority.FingerprintOf(read.Root));
        Assert.True(authority.IsGood(leaf, Names, Now));
    }

    private static X509ChainStatusFlags Status(X509Certificate2 root, X509Certificate2 leaf)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = Now.UtcDateTime;
        chain.Build(leaf);
        return chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, s) => all | s.Status);
    }
}
