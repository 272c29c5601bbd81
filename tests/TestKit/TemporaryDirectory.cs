using FieldCrm.Hub.Supervision;

namespace FieldCrm.TestKit;

/// <summary>Directories for real files of a test; the maker removes them.</summary>
public static class TemporaryDirectory
{
    private const long EnoughBytes = 2L * 1024 * 1024 * 1024;

    /// <summary>Whom the processes of a test run as; null: as ourselves.</summary>
    internal static Account? Account { get; } = Account.ForChildren(cluster: "", _ => { });

    /// <summary>
    /// An empty directory that only the account's processes and this one can enter. In memory where there is plenty of it:
    /// the tests then do not wait for a disk that they prove nothing about.
    /// </summary>
    public static string Create(string purpose)
    {
        var memory = new DriveInfo("/dev/shm");
        var parent = memory.IsReady && memory.AvailableFreeSpace > EnoughBytes ? "/dev/shm" : Path.GetTempPath();
        var directory = Path.Combine(parent, $"fieldcrm-{purpose}-{Guid.NewGuid():N}");
        PrivateFile.MakeDirectory(directory, Account);
        return directory;
    }
}
