using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Tls;

/// <summary>The local CA in DIR/tls: <c>authority.pem</c> (the root and its key), <c>server.pem</c> (what is served).</summary>
internal sealed class AuthorityFiles(InstancePaths paths, Account? owner = null)
{
    /// <summary>The root alone, for showing; null where there is no CA yet.</summary>
    /// <exception cref="StartRefusedException"><c>tls.authority-damaged</c></exception>
    public X509Certificate2? Root()
    {
        using var authority = Read();
        return authority is null ? null : X509CertificateLoader.LoadCertificate(authority.Root.RawData);
    }

    /// <inheritdoc cref="Root"/>
    public LocalAuthority? Read()
    {
        if (!File.Exists(paths.Authority))
            return null;
        try
        {
            return LocalAuthority.FromPem(File.ReadAllText(paths.Authority));
        }
        catch (CryptographicException)
        {
            throw new StartRefusedException("tls.authority-damaged", $"tls.authority-damaged: {paths.Authority} is damaged: put it back from a copy, "
                + "or make another CA with ./fieldcrm ca new (every phone and browser installs that one again).");
        }
    }

    /// <summary>In place of the one that there is, if any; what that one issued is worth nothing from now on.</summary>
    public LocalAuthority Create(CertificateNames names, DateTimeOffset now)
    {
        PrivateFile.MakeDirectory(paths.Tls, owner);
        var authority = LocalAuthority.Create(names, System.Net.Dns.GetHostName(), now);
        PrivateFile.Write(paths.Authority, System.Text.Encoding.ASCII.GetBytes(LocalAuthority.ToPem(authority.Root)), owner);
        return authority;
    }

    /// <summary>What is served: what was, as long as it is good; else a new one. The caller disposes it.</summary>
    public X509Certificate2 Leaf(LocalAuthority authority, CertificateNames names, DateTimeOffset now)
    {
        if (StoredLeaf() is { } stored)
        {
            if (authority.IsGood(stored, names, now))
                return stored;
            stored.Dispose();
        }
        var issued = authority.Issue(names, now);
        PrivateFile.Write(paths.ServerCertificate, System.Text.Encoding.ASCII.GetBytes(LocalAuthority.ToPem(issued)), owner);
        return issued;
    }

    /// <summary>Null where there is none, or none that can be read: another one costs nothing.</summary>
    public X509Certificate2? StoredLeaf()
    {
        try
        {
            var pem = File.ReadAllText(paths.ServerCertificate);
            return X509Certificate2.CreateFromPem(pem, pem);
        }
        catch (Exception none) when (none is FileNotFoundException or DirectoryNotFoundException or CryptographicException)
        {
            return null;
        }
    }
}
