namespace FieldCrm.Hub.Supervision;

/// <summary>
/// After a supervisor was killed its server drains by itself, holding the ports until it is done. The next start waits for
/// it, and ends it when it hangs.
/// </summary>
internal static class LeftoverServer
{
    public static async Task GoneAsync(
        InstancePaths paths, Account? account, TimeProvider time, Action<string> say, CancellationToken cancellationToken)
    {
        if (IsGone())
            return;
        say("waiting for the server of the last start to finish what it had accepted");
        if (await ProcessTable.GoneAsync(IsGone, ServerProcess.DrainDeadline / 2, time, cancellationToken))
            return;
        if (InstanceLock.Holder(paths.ServerLock) is { } id && ProcessTable.WorksIn(id, paths.Directory))
        {
            say($"ending the server of the last start (process {id}), which hangs");
            Native.Signal(id, Native.Kill);
        }
        if (!await ProcessTable.GoneAsync(IsGone, TimeSpan.FromSeconds(5), time, cancellationToken))
        {
            throw new StartRefusedException("server.leftover",
                $"A server of {paths.Directory} is still running (process {InstanceLock.Holder(paths.ServerLock)}): end it first.");
        }

        bool IsGone()
        {
            using var taken = InstanceLock.TryTake(paths.ServerLock, account);
            return taken is not null;
        }
    }
}
