using FieldCrm.Hub.Supervision;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Supervision;

/// <summary>
/// Started as root, what the children's account put into DIR gains it nothing. Started as anybody else there is no other account,
/// and what is asked here is that nothing changes.
/// </summary>
public sealed class PrivilegeTests : IDisposable
{
    private readonly string _directory = TemporaryDirectory.Create("privilege");
    private readonly Account? _account = Account.ForChildren("/nonexistent", _ => { });

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Given_a_link_where_the_log_should_be_When_root_appends_Then_the_file_behind_it_stays_as_it_was()
    {
        var foreign = Path.Combine(_directory, "foreign");
        File.WriteAllText(foreign, "as it was");
        File.SetUnixFileMode(foreign, PrivateFile.Mode);
        var logs = Path.Combine(_directory, "log");
        PrivateFile.MakeDirectory(logs, _account);
        _account?.MakeReachable(Path.Combine(logs, "x"), _ => { });
        var path = Path.Combine(logs, "server.log");
        File.CreateSymbolicLink(path, foreign);

        using (var log = new LogFile(path, _account))
            log.Append("a line of the server");

        // Without an account the link is the caller's own, and so is the file behind it.
        Assert.Equal(_account is null ? "as it was" + "a line of the server\n" : "as it was", File.ReadAllText(foreign));
    }

    [Fact]
    public void Given_files_of_an_instance_When_written_Then_they_are_the_childrens_and_nobody_elses()
    {
        var folder = Path.Combine(_directory, "data");
        PrivateFile.MakeDirectory(folder, _account);
        _account?.MakeReachable(Path.Combine(folder, "x"), _ => { });
        var path = Path.Combine(folder, "secrets.json");

        PrivateFile.Write(path, "{}"u8, _account);
        using var held = InstanceLock.TryTake(Path.Combine(folder, "lock"), _account);

        Assert.NotNull(held);
        var self = OwnerOf($"/proc/{Environment.ProcessId}");
        string[] files = [path, Path.Combine(folder, "lock"), Path.Combine(folder, "lock.pid"), folder];
        Assert.Equal(files.Select(file => (file, _account?.UserId ?? self)), files.Select(file => (file, OwnerOf(file))));
        Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(path));
        // And this thread is itself again.
        var own = Path.Combine(_directory, "own");
        File.WriteAllText(own, "");
        Assert.Equal(self, OwnerOf(own));
    }

    private static int OwnerOf(string path)
    {
        using var stat = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("stat", ["--format=%u", path]) { RedirectStandardOutput = true })!;
        var owner = stat.StandardOutput.ReadToEnd();
        stat.WaitForExit();
        return int.Parse(owner, System.Globalization.CultureInfo.InvariantCulture);
    }
}
