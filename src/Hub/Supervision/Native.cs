using System.ComponentModel;
using System.Runtime.InteropServices;

namespace FieldCrm.Hub.Supervision;

/// <summary>The four calls of libc that .NET does not offer.</summary>
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

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int processId, int signal);

    [DllImport("libc", EntryPoint = "lchown", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern int ChangeLinkOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int userId, int groupId);

    [DllImport("libc", EntryPoint = "geteuid")]
    private static extern uint GetEffectiveUserId();
}
