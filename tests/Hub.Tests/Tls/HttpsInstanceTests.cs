using System.Net;
using System.Text.RegularExpressions;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.Tls;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Tls;

/// <summary><c>./run --listen</c> as an operator does it: real processes, their lines, their doctor.</summary>
[Trait("Category", "Slow")]
public sealed partial class HttpsInstanceTests
{
    private static readonly IPAddress Outside = IPAddress.Parse("127.0.0.8");
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task Given_an_instance_for_others_When_started_Then_it_says_how_they_come_in_and_a_killed_server_shows_the_same_certificate()
    {
        await using var hub = new HubProcess();
        var tracker = Ports.PickFree();
        await hub.StartReadyAsync("--listen", $"{Outside}", "--tracker-port", $"{tracker}");
        await hub.SaysAsync("sign in from elsewhere: ", Deadline);
        var port = hub.Address.Port;
        using var root = new AuthorityFiles(new InstancePaths(hub.Directory)).Root()!;
        var first = await Caller.ShownAsync(Outside, port, root, TimeProvider.System.GetUtcNow());

        var lines = hub.Output.Split('\n');
        Assert.Contains($"also listening on {Outside} port {port}, with HTTPS", lines);
        Assert.Contains($"certificate: local CA, until {LocalAuthority.EndOf(root):yyyy-MM-dd}; phones and browsers install it once from "
            + $"https://{Outside}:{port}/ca (QR code: ./fieldcrm ca show). SHA-256 {LocalAuthority.FingerprintOf(root)}", lines);
        Assert.Contains(lines, l => l.StartsWith($"warning: port {tracker} is plain HTTP on {Outside}: ", StringComparison.Ordinal));
        Assert.Contains($"ready http://127.0.0.1:{port}", lines);
        var here = lines.Single(l => l.StartsWith("sign in: ", StringComparison.Ordinal))["sign in: ".Length..];
        var elsewhere = lines.Single(l => l.StartsWith("sign in from elsewhere: ", StringComparison.Ordinal))["sign in from elsewhere: ".Length..];
        Assert.Equal($"http://127.0.0.1:{port}", new Uri(here).GetLeftPart(UriPartial.Authority));
        Assert.Equal($"https://{Outside}:{port}", new Uri(elsewhere).GetLeftPart(UriPartial.Authority));
        using var http = new HttpClient(Caller.Trusting(root));
        Assert.Contains("<form", await http.GetStringAsync(new Uri(elsewhere)), StringComparison.Ordinal);

        HubProcess.Kill(hub.ServerId);
        await hub.SaysAsync("the server is back", Deadline);
        var again = await Caller.ShownAsync(Outside, port, root, TimeProvider.System.GetUtcNow());
        Assert.Equal(first.Thumbprint, again.Thumbprint);

        var (code, findings, _) = await hub.RunAsync("doctor");
        Assert.True(code == 0, findings);
        Assert.Contains($"certificate  local CA until {LocalAuthority.EndOf(root):yyyy-MM-dd}, SHA-256 {LocalAuthority.FingerprintOf(root)}", findings, StringComparison.Ordinal);
        Assert.Contains($"certificate  the server shows it on {Outside} port {port}", findings, StringComparison.Ordinal);

        // Another CA, while the server runs.
        var (made, fingerprint, _) = await hub.RunAsync("ca", "new", "--yes");
        Assert.Equal(0, made);
        using var next = new AuthorityFiles(new InstancePaths(hub.Directory)).Root()!;
        Assert.Equal(LocalAuthority.FingerprintOf(next), fingerprint.Trim());
        await Eventually.TrueAsync(async () => (await Caller.LookAsync(Outside, port)).Shown.Thumbprint != first.Thumbprint, Deadline);
        Assert.NotNull(await Caller.ShownAsync(Outside, port, next, TimeProvider.System.GetUtcNow()));
        hub.AskToStop();
        Assert.Equal(0, await hub.ExitedAsync(Deadline));
    }

    [Fact]
    public async Task Given_the_operators_certificate_When_its_files_are_renewed_Then_the_running_instance_shows_the_new_one()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var first = new MadeCertificate("crm.example.org", Outside, now.AddDays(-1), now.AddDays(7));
        using var second = new MadeCertificate("crm.example.org", Outside, now.AddDays(-1), now.AddDays(90));
        await using var hub = new HubProcess();
        var files = Directory.CreateDirectory(Path.Combine(hub.Directory, "root-only")).FullName;
        var (certificate, key) = (Path.Combine(files, "fullchain.pem"), Path.Combine(files, "privkey.pem"));
        await WriteAsync(certificate, first.ChainPem);
        await WriteAsync(key, first.KeyPem);

        await hub.StartReadyAsync("--listen", $"{Outside}", "--tls-cert", certificate, "--tls-key", key);
        await hub.SaysAsync("sign in from elsewhere: https://crm.example.org:", Deadline);
        await hub.SaysAsync($"warning: the certificate {certificate} ends ", Deadline);
        var port = hub.Address.Port;
        Assert.Equal(first.Server.Thumbprint, (await Caller.ShownAsync(Outside, port, first.Root, now, "crm.example.org")).Thumbprint);
        var soon = await hub.RunAsync("doctor");
        Assert.Equal(1, soon.ExitCode);
        Assert.Matches(EndsSoon(), soon.Output);

        await WriteAsync(certificate, second.ChainPem);
        await WriteAsync(key, second.KeyPem);

        await hub.SaysAsync($"took the new certificate from {certificate}, until ", Deadline);
        await Eventually.TrueAsync(async () => (await Caller.LookAsync(Outside, port)).Shown.Thumbprint == second.Server.Thumbprint, Deadline);
        var healthy = await hub.RunAsync("doctor");
        Assert.True(healthy.ExitCode == 0, healthy.Output);
        Assert.Contains("the key belongs to it", healthy.Output, StringComparison.Ordinal);
        hub.AskToStop();
        Assert.Equal(0, await hub.ExitedAsync(Deadline));
    }

    [Theory]
    [InlineData(2, "--tls-cert and --tls-key go together", "--listen", "127.0.0.8", "--tls-cert", "a.pem")]
    [InlineData(2, "--tls-cert needs --listen ADDRESS", "--tls-cert", "a.pem", "--tls-key", "b.pem")]
    [InlineData(2, "--tracker-port 65536 is not a TCP port (0 to 65535).", "--tracker-port", "65536")]
    [InlineData(1, "tls.certificate-missing: There is no file /nowhere/a.pem", "--listen", "127.0.0.8", "--tls-cert", "/nowhere/a.pem", "--tls-key", "/nowhere/b.pem")]
    public async Task Given_options_that_do_not_fit_Then_one_line_says_so_and_nothing_is_started(int exit, string line, params string[] options)
    {
        await using var hub = new HubProcess();

        var (code, output, error) = await hub.RunAsync(["run", "--no-demo", .. options]);

        Assert.Equal((exit, ""), (code, output));
        Assert.StartsWith(line, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.False(Directory.Exists(Path.Combine(hub.Directory, "postgres")));
    }

    private static async Task WriteAsync(string file, string text)
    {
        await File.WriteAllTextAsync(file, text);
        File.SetUnixFileMode(file, PrivateFile.Mode); // for its owner alone, who is not whom the server runs as
    }

    [GeneratedRegex("PROBLEM  certificate  .*for .*crm\\.example\\.org, until \\d{4}-\\d\\d-\\d\\d; the key belongs to it")]
    private static partial Regex EndsSoon();
}
