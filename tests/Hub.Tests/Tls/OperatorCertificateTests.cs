using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.Tls;
using FieldCrm.TestKit;
using Microsoft.Extensions.Time.Testing;

namespace FieldCrm.Hub.Tests.Tls;

/// <summary>The supervisor's part of the operator's certificate: taken, watched, warned of.</summary>
public sealed class OperatorCertificateTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new(MadeCertificate.Start.AddDays(1));
    private readonly InstancePaths _paths = new(TemporaryDirectory.Create("operator"));
    private readonly List<string> _said = [];

    private string Certificate => Path.Combine(_paths.Directory, "fullchain.pem");

    private string Key => Path.Combine(_paths.Directory, "privkey.pem");

    public void Dispose() => Directory.Delete(_paths.Directory, recursive: true);

    [Fact]
    public async Task Given_a_renewal_in_two_steps_When_the_key_comes_last_Then_nothing_is_said_in_between_and_the_pair_is_taken()
    {
        using var first = new MadeCertificate();
        using var second = new MadeCertificate(end: MadeCertificate.End.AddDays(-1));
        Write(first.ChainPem, first.KeyPem);
        var watched = Watched();
        watched.Take();
        Assert.Equal(first.Server.Thumbprint, Taken());
        Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(_paths.OperatorCertificate));
        using var stop = new CancellationTokenSource();
        var watching = watched.WatchAsync(stop.Token);

        await File.WriteAllTextAsync(Certificate, second.ChainPem);
        _time.Advance(TimeSpan.FromSeconds(5)); // the old key beside the new certificate
        await File.WriteAllTextAsync(Key, second.KeyPem);
        await LookedAsync(() => Taken() == second.Server.Thumbprint);

        Assert.Equal([$"took the new certificate from {Certificate}, until 2035-12-31 00:00 UTC"], Said);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    [Fact]
    public async Task Given_files_that_stay_wrong_Then_it_is_said_once_and_the_one_before_is_kept()
    {
        using var first = new MadeCertificate();
        using var other = new MadeCertificate();
        Write(first.ChainPem, first.KeyPem);
        var watched = Watched();
        watched.Take();
        using var stop = new CancellationTokenSource();
        var watching = watched.WatchAsync(stop.Token);

        await File.WriteAllTextAsync(Key, other.KeyPem);
        await LookedAsync(() => Said.Count == 1);
        for (var looks = 0; looks < 5; looks++)
            _time.Advance(TimeSpan.FromSeconds(5));
        Write(first.ChainPem, first.KeyPem);
        File.Delete(Key);
        await LookedAsync(() => Said.Count == 2);

        Assert.Equal(
            [
                $"tls.key-mismatch: The key in {Key} belongs to no certificate in {Certificate}: give the two that were issued together. "
                    + "Until then the certificate from before is served, until 2036-01-01 00:00 UTC.",
                $"tls.key-missing: There is no file {Key}: --tls-key names the key in PEM. Until then the certificate from before is served, until 2036-01-01 00:00 UTC.",
            ], Said);
        Assert.Equal(first.Server.Thumbprint, Taken());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    [Fact]
    public void Given_a_certificate_that_ends_soon_When_taken_Then_it_is_warned_of_and_one_that_ended_is_refused()
    {
        using var soon = new MadeCertificate(end: MadeCertificate.Start.AddDays(10));
        Write(soon.ChainPem, soon.KeyPem);
        Watched().Take();
        Assert.Equal([$"warning: the certificate {Certificate} ends 2026-01-11 00:00 UTC: renew it, it is taken without a restart"], Said);

        _time.SetUtcNow(MadeCertificate.Start.AddDays(10));
        var refused = Assert.Throws<StartRefusedException>(() => Watched().Take());
        Assert.Equal("tls.certificate-expired", refused.Failure.Code);
    }

    [Fact]
    public async Task Given_days_that_go_by_Then_the_end_is_warned_of_once_a_day()
    {
        using var made = new MadeCertificate(end: MadeCertificate.Start.AddDays(15.5));
        Write(made.ChainPem, made.KeyPem);
        var watched = Watched(); // day 1: fourteen and a half left
        watched.Take();
        Assert.Empty(Said);
        using var stop = new CancellationTokenSource();
        var watching = watched.WatchAsync(stop.Token);

        for (var day = 1; day <= 3; day++)
        {
            _time.Advance(TimeSpan.FromDays(1) - TimeSpan.FromSeconds(5));
            await LookedAsync(() => Said.Count == day);
        }

        Assert.Equal(Enumerable.Repeat($"warning: the certificate {Certificate} ends 2026-01-16 12:00 UTC: renew it, it is taken without a restart", 3), Said);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    [Fact]
    public void Given_a_start_without_one_Then_what_an_earlier_start_left_is_gone()
    {
        PrivateFile.MakeDirectory(_paths.Tls, owner: null);
        File.WriteAllText(_paths.OperatorCertificate, "old");
        var instance = new Instance { Port = 1, PostgresPort = 1, SiloPort = 1, Listen = "127.0.0.5" };

        new OperatorCertificate(_paths, instance, account: null, _time, _said.Add).Take();

        Assert.False(File.Exists(_paths.OperatorCertificate));
    }

    private List<string> Said
    {
        get
        {
            lock (_said)
                return [.. _said];
        }
    }

    private OperatorCertificate Watched()
    {
        var instance = new Instance { Port = 1, PostgresPort = 1, SiloPort = 1, Listen = "127.0.0.5", CertificateFile = Certificate, KeyFile = Key };
        return new OperatorCertificate(_paths, instance, account: null, _time, Say);

        void Say(string line)
        {
            lock (_said)
                _said.Add(line);
        }
    }

    private void Write(string chain, string key)
    {
        File.WriteAllText(Certificate, chain);
        File.WriteAllText(Key, key);
    }

    /// <summary>Lets the clock go on, five seconds at a time, until it was seen.</summary>
    private Task LookedAsync(Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        if (condition())
            return true;
        _time.Advance(TimeSpan.FromSeconds(5));
        return false;
    }, Deadline, () => string.Join('\n', Said));

    private string Taken()
    {
        using var pair = CertificatePair.Parse(File.ReadAllText(_paths.OperatorCertificate), _paths.OperatorCertificate);
        return pair.Leaf.Thumbprint;
    }
}
