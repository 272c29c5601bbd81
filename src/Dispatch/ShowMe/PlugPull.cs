using FieldCrm.Dispatch.Api;

namespace FieldCrm.Dispatch.ShowMe;

public enum PlugStage
{
    Ready,

    /// <summary>Killed, and nobody answers yet.</summary>
    Away,

    /// <summary>Another process answers; what the sender counted is being compared.</summary>
    Back,

    Counted,
    Failed,
}

/// <summary>
/// One pull of the plug as the console sees it: the server is killed, another process answers, the sender's count is compared
/// until the stream has gone on for a while.
/// </summary>
public sealed class PlugPull(ConsoleApi api, TimeProvider time, Action changed)
{
    private const string Base = "/dispatch/show-me";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(1);

    // Long after what is promised: a machine that is busy otherwise takes its time, and that is to be seen.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // Phones that waited have sent what they kept by then.
    private const int CountsAfterStream = 6;
    private const int MostCounts = 60;

    public PlugStage Stage { get; private set; }

    /// <summary>From the request to the first answer of another process.</summary>
    public TimeSpan AwayFor { get; private set; }

    public int KilledProcess { get; private set; }

    public int NewProcess { get; private set; }

    public SenderCount? Count { get; private set; }

    /// <summary>Null unless <see cref="PlugStage.Failed"/>.</summary>
    public string? FailureCode { get; private set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        (Stage, Count, FailureCode, AwayFor) = (PlugStage.Away, null, null, default);
        changed();
        var before = await api.GetAsync(Base, ShowMeJson.Default.ShowMeStart, cancellationToken);
        if (before.Value is not { } start)
        {
            Fail(before.Code);
            return;
        }
        KilledProcess = start.ProcessId;
        var began = time.GetTimestamp();
        var pulled = await api.PostAsync($"{Base}/plug", Nothing.At, ApiJson.Default.Nothing, ShowMeJson.Default.PlugPulled, cancellationToken);
        // A server that is killed may take its answer with it; whether it was killed shows when another one answers.
        if (pulled.Value is null && pulled.Code != ConsoleApi.Unreachable)
        {
            Fail(pulled.Code);
            return;
        }
        if (await IsBackAsync(began, cancellationToken))
            await CountAsync(pulled.Value?.AtUnixMs ?? start.ServerUnixMs, cancellationToken);
    }

    private async Task<bool> IsBackAsync(long began, CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(LookEvery, time);
        while (time.GetElapsedTime(began) < Patience)
        {
            var answer = await api.GetAsync(Base, ShowMeJson.Default.ShowMeStart, cancellationToken);
            AwayFor = time.GetElapsedTime(began);
            if (answer.Value is { } start && start.ProcessId != KilledProcess)
            {
                (Stage, NewProcess) = (PlugStage.Back, start.ProcessId);
                changed();
                return true;
            }
            changed();
            await tick.WaitForNextTickAsync(cancellationToken);
        }
        Fail(ConsoleApi.Unreachable);
        return false;
    }

    private async Task CountAsync(double sinceUnixMs, CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(CountEvery, time);
        var path = FormattableString.Invariant($"{Base}/count?since={Math.Floor(sinceUnixMs):0}");
        var afterStream = 0;
        for (var i = 0; i < MostCounts && afterStream < CountsAfterStream; i++)
        {
            var answer = await api.GetAsync(path, ShowMeJson.Default.SenderCount, cancellationToken);
            Count = answer.Value ?? Count;
            afterStream += Count is { AcknowledgedSince: > 0 } ? 1 : 0;
            changed();
            await tick.WaitForNextTickAsync(cancellationToken);
        }
        if (afterStream < CountsAfterStream)
        {
            Fail("demonstration.no-stream");
            return;
        }
        Stage = PlugStage.Counted;
        changed();
    }

    private void Fail(string? code)
    {
        (Stage, FailureCode) = (PlugStage.Failed, code ?? "server.error");
        changed();
    }
}
