using System.Globalization;
using FieldCrm.Hub.Tls;

namespace FieldCrm.Hub.Supervision;

/// <summary>What the operator reads once everything serves: where, under which certificate, and how to sign in.</summary>
internal sealed class Announcement(InstancePaths paths, Instance instance)
{
    /// <param name="link">The one-time link as the server made it, for who comes from elsewhere; null: it made none.</param>
    public IEnumerable<string> Lines(string? link)
    {
        if (instance.Listen is { } listen)
        {
            yield return $"also listening on {listen} port {instance.Port}, with HTTPS";
            yield return Certificate(link);
        }
        if (instance.TrackerPort is { } tracker)
        {
            yield return $"trackers may also use port {tracker}";
            if (instance.Listen is { } open)
            {
                yield return $"warning: port {tracker} is plain HTTP on {open}: whoever is on the way reads the positions and secrets of trackers that use it " +
                    "(--tracker-port 0 closes it)";
            }
        }
        yield return $"ready {instance.Address}";
        if (link is null)
        {
            yield return "no sign-in link could be made; ask for one with: ./fieldcrm user link admin";
            yield break;
        }
        if (instance.Listen is null)
        {
            yield return $"sign in: {link}";
            yield break;
        }
        // The same link, used up by whichever comes first: here no certificate is in the way.
        yield return $"sign in: {instance.Address}{new Uri(link).AbsolutePath}";
        yield return $"sign in from elsewhere: {link}";
    }

    private string Certificate(string? link)
    {
        if (instance.CertificateFile is { } file)
            return $"certificate: {file}, taken again when it changes";
        using var root = new AuthorityFiles(paths).Root();
        if (root is null)
            return "certificate: none yet, see the server's log";
        var page = link is null ? "/ca" : new Uri(link).GetLeftPart(UriPartial.Authority) + "/ca";
        var until = LocalAuthority.EndOf(root).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return $"certificate: local CA, until {until}; phones and browsers install it once from {page} (QR code: ./fieldcrm ca show). "
            + $"SHA-256 {LocalAuthority.FingerprintOf(root)}";
    }
}
