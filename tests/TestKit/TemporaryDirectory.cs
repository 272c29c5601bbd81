using FieldCrm.Hub.Supervision;

namespace FieldCrm.TestKit;

/// <summary>Directories for real files of a test; the maker removes them.</summary>
public static class TemporaryDirectory
{
    private const long EnoughBytes = 2L * 1024 * 1024 * 1024;

    /// <summary>
    /// An empty directory that only the account's processes and this one can enter. In memory where there is plenty of it:
    /// the tests then do not wait for a disk that they prove nothing about.
    /// </summary>
    public static string Create(string purpose)
    {
        return Create(purpose, Account.ForChildren(_ => { }));
    }

    internal static string Create(string purpose, Account? account)
    {
        var memory = new DriveInfo("/dev/shm");
        var parent = memory.IsReady && memory.AvailableFreeSpace > EnoughBytes ? "/dev/shm" : Path.GetTempPath();
        var directory = Path.Combine(parent, $"fieldcrm-{purpose}-{Guid.NewGuid():N}");
        PrivateFile.MakeDirectory(directory, account);
        return directory;
    }
}
