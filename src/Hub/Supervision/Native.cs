using System.ComponentModel;
using System.Runtime.InteropServices;

namespace FieldCrm.Hub.Supervision;

/// <summary>The calls of libc that .NET does not offer.</summary>
internal static partial class Native
{
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int Terminate = 15;

    public static bool IsRoot => GetEffectiveUserId() == 0;

    /// <summary>Sends a signal; false when the process is gone.</summary>
    public static bool Signal(int processId, int signal)
    {
        // 0 and negative numbers address groups: never meant here.
        ArgumentOutOfRangeException.ThrowIfLessThan(processId, 2);
        return SendSignal(processId, signal) == 0;
    }

    public static void ChangeOwner(string path, int userId, int groupId)
    {
        if (ChangeLinkOwner(path, userId, groupId) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"cannot give {path} to user {userId}");
    }

    /// <summary>Whose rights this thread has with files.</summary>
    public static int FileUser => SetFileUserOfThread(-1); // no such user: nothing changes, and the present one is told

    public static void SetFileUser(int userId) => SetFileUserOfThread(userId);

    public static void SetFileGroup(int groupId) => SetFileGroupOfThread(groupId);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int processId, int signal);

    [DllImport("libc", EntryPoint = "lchown", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern int ChangeLinkOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int userId, int groupId);

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileUserOfThread(int userId);

    [DllImport("libc", EntryPoint = "setfsgid")]
    private static extern int SetFileGroupOfThread(int groupId);

    [DllImport("libc", EntryPoint = "geteuid")]
    private static extern uint GetEffectiveUserId();
}
