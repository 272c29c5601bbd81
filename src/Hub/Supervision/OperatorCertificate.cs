using System.Globalization;
using System.Security.Cryptography;
using FieldCrm.Hub.Tls;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// The certificate that <c>--tls-cert</c> and <c>--tls-key</c> name. The supervisor reads it, as it may be root's alone, and lays
/// certificate and key as one file into DIR/tls, whole or not at all; the server takes it from there. What a renewal leaves in
/// the files is taken the same way, without a restart.
/// </summary>
internal sealed class OperatorCertificate(InstancePaths paths, Instance instance, Account? account, TimeProvider time, Action<string> say)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Said once a day from then on.</summary>
    public static readonly TimeSpan WarnBefore = TimeSpan.FromDays(14);

    private string _taken = "";
    private string _refused = "";
    private string _said = "";
    private DateTimeOffset _end;
    private int? _daysSaid;

    /// <exception cref="StartRefusedException">Codes <c>tls.…</c>: it cannot be served.</exception>
    public void Take()
    {
        if (instance is not { CertificateFile: { } certificate, KeyFile: { } key })
        {
            using var identity = FileIdentity.Of(account);
            if (File.Exists(paths.OperatorCertificate)) // of an earlier start
                File.Delete(paths.OperatorCertificate);
            return;
        }
        using var pair = CertificatePair.Read(certificate, key, time.GetUtcNow());
        Keep(pair);
        WarnOfEnd();
    }

    /// <summary>Looks until cancelled; says a line when what it finds cannot be used, and when the end is near.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        if (instance.CertificateFile is null)
            return;
        using var tick = new PeriodicTimer(Interval, time);
        while (await tick.WaitForNextTickAsync(stop))
        {
            Look();
            WarnOfEnd();
        }
    }

    private void Look()
    {
        try
        {
            if (instance is not { CertificateFile: { } certificate, KeyFile: { } key })
                return;
            using var pair = CertificatePair.Read(certificate, key, time.GetUtcNow());
            (_refused, _said) = ("", "");
            if (FingerprintOf(pair) == _taken)
                return;
            Keep(pair);
            say($"took the new certificate from {certificate}, until {Day(_end)}");
        }
        catch (Exception unusable) when (unusable is StartRefusedException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            // The two files are not renewed at one moment: what is wrong twice in a row is wrong.
            if (_refused == unusable.Message && _said != unusable.Message)
                say($"{_said = unusable.Message} Until then the certificate from before is served, until {Day(_end)}.");
            _refused = unusable.Message;
        }
    }

    private void Keep(CertificatePair pair)
    {
        PrivateFile.MakeDirectory(paths.Tls, account);
        PrivateFile.Write(paths.OperatorCertificate, System.Text.Encoding.ASCII.GetBytes(pair.ToPem()), account);
        (_taken, _end, _daysSaid) = (FingerprintOf(pair), LocalAuthority.EndOf(pair.Leaf), null);
    }

    private void WarnOfEnd()
    {
        var left = _end - time.GetUtcNow();
        if (left >= WarnBefore || _daysSaid == (int)left.TotalDays)
            return;
        _daysSaid = (int)left.TotalDays;
        say(left > TimeSpan.Zero
            ? $"warning: the certificate {instance.CertificateFile} ends {Day(_end)}: renew it, it is taken without a restart"
            : $"warning: the certificate {instance.CertificateFile} ended {Day(_end)}: browsers and devices turn away until it is renewed");
    }

    // The chain too: a renewal may change nothing but what stands above.
    private static string FingerprintOf(CertificatePair pair) =>
        string.Concat([LocalAuthority.FingerprintOf(pair.Leaf), .. pair.Others.Select(LocalAuthority.FingerprintOf)]);

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
