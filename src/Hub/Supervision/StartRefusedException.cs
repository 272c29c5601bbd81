using FieldCrm.Core;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// The instance cannot be started or examined. Its failure is the one line that the operator reads: what is wrong and
/// what to do. Thrown only on the way up, where nothing has to be undone but what the callers dispose.
/// </summary>
internal sealed class StartRefusedException(string code, string message, int exitCode = ExitCode.Problem)
    : Exception(message)
{
    public Failure Failure { get; } = new(code, message);

    public int ExitCode { get; } = exitCode;
}
