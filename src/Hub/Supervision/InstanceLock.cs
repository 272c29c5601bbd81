using System.Text;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// An flock on a file in DIR. The kernel drops it with the process, so it never goes stale; a file beside it has the
/// holder's process id, for the line that says who it is.
/// </summary>
internal sealed class InstanceLock : IDisposable
{
    private const int WouldBlock = 11; // EWOULDBLOCK: another open file holds the lock

    private const string HolderSuffix = ".pid";

    private readonly FileStream _file;

    private InstanceLock(FileStream file) => _file = file;

    /// <summary>Null when another process holds it.</summary>
    public static InstanceLock? TryTake(string path, Account? owner)
    {
        try
        {
            using var identity = FileIdentity.Of(owner);
            // FileShare.None is flock(LOCK_EX | LOCK_NB) on Unix.
            var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None,
                UnixCreateMode = PrivateFile.Mode,
            });
            PrivateFile.Write(path + HolderSuffix, Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"), owner: null);
            return new InstanceLock(file);
        }
        catch (IOException failed) when (failed.HResult == WouldBlock)
        {
            return null;
        }
    }

    /// <summary>The process that took the lock last; null when that is not known.</summary>
    public static int? Holder(string path)
    {
        var file = path + HolderSuffix;
        return File.Exists(file) && int.TryParse(File.ReadAllText(file), out var id) ? id : null;
    }

    public void Dispose() => _file.Dispose();
}
