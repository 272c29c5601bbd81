using System.CommandLine;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;
using FieldCrm.Hub.Commands;
using FieldCrm.Hub.Pages;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.Tls;

namespace FieldCrm.Hub.Cli;

/// <summary><c>ca show|new</c>: the local CA's root, from DIR, with or without a running server.</summary>
internal static class AuthorityVerbs
{
    public static Command Create() => new("ca", "The local certificate authority that vouches for this instance.") { Show(), New() };

    private static Command Show()
    {
        var qr = new Option<bool>("--qr") { Description = "Draw the page's address as a QR code, also where no person looks on." };
        var command = new Command("show", "Print the root's fingerprint and where phones and browsers install it from.") { qr };
        command.SetAction(parsed =>
        {
            var paths = parsed.Instance();
            using var root = new AuthorityFiles(paths).Root() ?? throw new StartRefusedException(
                "ca.none", $"ca.none: There is no local CA in {paths.Directory}: ./run --listen ADDRESS makes one at its first start without --tls-cert.");
            Print(parsed, root, PageOf(paths), parsed.GetValue(qr));
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>A running server takes it within ten seconds.</summary>
    private static Command New()
    {
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var command = new Command("new", "Make another CA in place of this one; every phone and browser has to install it.") { yes };
        command.SetAction(parsed =>
        {
            var paths = parsed.Instance();
            var instance = Instance.Read(paths) ?? throw new StartRefusedException(
                "instance.none", $"There is no instance in {paths.Directory}: ./run makes one, or --data DIR names another.");
            if (!parsed.GetValue(yes) && !Confirmed(paths))
                return ExitCode.Problem;
            var listen = instance.Listen is { } address ? IPAddress.Parse(address) : IPAddress.Any;
            var account = Account.ForChildren(paths.Cluster, _ => { });
            using var made = new AuthorityFiles(paths, account).Create(
                CertificateNames.Of(listen, ServerHost.Settings(paths)["Public:Address"]), TimeProvider.System.GetUtcNow());
            Print(parsed, made.Root, PageOf(paths), withQr: false);
            return ExitCode.Ok;
        });
        return command;
    }

    private static bool Confirmed(InstancePaths paths)
    {
        if (!File.Exists(paths.Authority))
            return true;
        Console.Error.Write("Phones and browsers that trust the CA of now turn away until they have installed the new one. Make it? Type yes: ");
        if (Console.ReadLine()?.Trim() == "yes")
            return true;
        Console.Error.WriteLine("Nothing was changed.");
        return false;
    }

    /// <summary>Null while nothing beyond loopback is served, or under the operator's certificate.</summary>
    private static string? PageOf(InstancePaths paths) =>
        Instance.Read(paths) is { Listen: { } listen, CertificateFile: null } instance && CertificateNames.Reachable(IPAddress.Parse(listen)) is { } host
            ? new UriBuilder("https", host.ToString(), instance.Port, AuthorityEndpoints.Path).Uri.ToString() : null;

    private static void Print(ParseResult parsed, X509Certificate2 root, string? page, bool withQr)
    {
        var answer = new AuthorityAnswer(
            root.GetNameInfo(X509NameType.SimpleName, forIssuer: false), LocalAuthority.FingerprintOf(root), LocalAuthority.EndOf(root), page,
            root.ExportCertificatePem());
        if (parsed.WantsJson())
        {
            Output.Json(answer, AuthorityJson.Default.AuthorityAnswer);
            return;
        }
        Console.WriteLine(answer.Sha256);
        Console.Error.WriteLine($"SHA-256 of {answer.Name}, until {Output.Time(answer.ExpiresAt)}");
        if (page is null)
        {
            Console.Error.WriteLine("not in use now: nothing beyond loopback is served with it");
            return;
        }
        if (withQr || !Console.IsErrorRedirected)
        {
            foreach (var line in QrCode.Lines(page))
                Console.Error.WriteLine(line);
        }
        Console.Error.WriteLine($"phones and browsers install it from {page}; compare the fingerprint there with this one");
    }
}

/// <param name="Page">Where it is installed from; absent while it is not in use.</param>
internal sealed record AuthorityAnswer(string Name, string Sha256, DateTimeOffset ExpiresAt, string? Page, string Pem);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuthorityAnswer))]
internal sealed partial class AuthorityJson : JsonSerializerContext;
