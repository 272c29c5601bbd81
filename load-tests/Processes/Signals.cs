using System.ComponentModel;
using System.Runtime.InteropServices;

namespace FieldCrm.LoadTests.Processes;

/// <summary>Signals to single processes, always by an id that this run has proven to be its own.</summary>
internal static class Signals
{
    private const int Kill = 9;
    private const int Terminate = 15;
    private const int Continue = 18;
    private const int Stop = 19;
    private const int NoSuchProcess = 3;

    /// <summary>SIGKILL: the process gets no say.</summary>
    public static void KillAtOnce(int processId) => Send(processId, Kill);

    public static void AskToEnd(int processId) => Send(processId, Terminate);

    /// <summary>SIGSTOP: the process stands still, sockets and locks in hand, until <see cref="Resume"/>.</summary>
    public static void Pause(int processId) => Send(processId, Stop);

    public static void Resume(int processId) => Send(processId, Continue);

    private static void Send(int processId, int signal)
    {
        if (processId <= 1)
            throw new ArgumentOutOfRangeException(nameof(processId), processId, "A whole group or init is nobody's to signal.");
        if (SendSignal(processId, signal) != 0 && Marshal.GetLastPInvokeError() is var error && error != NoSuchProcess)
            throw new Win32Exception(error);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int processId, int signal);
}
