using FieldCrm.LoadTests.Fleet;
using FieldCrm.LoadTests.Processes;
using FieldCrm.Silo.Ledger;

namespace FieldCrm.LoadTests.Faults;

/// <summary>
/// One kill, proven: the same traffic twice, once undisturbed and once with a process killed from outside in the middle
/// of it; then everything stored is compared with the sender's own list and with the undisturbed run.
/// </summary>
internal sealed class FaultRun(ProductInstance product, TimeProvider time)
{
    private static readonly TimeSpan HeldDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TrafficDeadline = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan RestDeadline = TimeSpan.FromMinutes(3);

    /// <summary>Traffic that goes on beside a held process before it is killed.</summary>
    private static readonly TimeSpan Held = TimeSpan.FromMilliseconds(200);

    /// <summary>The last part of the traffic waits for the kill, so that something is left to be acknowledged after it.</summary>
    private const double GateAt = 0.85;

    public int Devices { get; init; } = 100;

    /// <param name="name">Unique in the instance; devices are called after it.</param>
    public async Task<FaultResult> RunAsync(string name, int seed, Kill kill, CancellationToken cancellationToken)
    {
        var fleet = await new Registration(product).AddAsync(name, 2 * Devices, cancellationToken);
        var quiet = fleet[..Devices];
        var disturbed = fleet[Devices..];
        var traffic = SeededTraffic.OverMidnight(seed, Devices, MidnightMicros());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TrafficDeadline);

        await new Sender(product.Files.HttpPort, quiet, traffic).RunAsync(limit.Token);
        await RestAsync(quiet, cancellationToken);

        var sender = new Sender(product.Files.HttpPort, disturbed, traffic);
        sender.CloseGateAt(GateAt);
        var sending = sender.RunAsync(limit.Token);
        var recovery = await KillAsync(kill, seed, sender, sending, limit.Token);
        await sending;
        await RestAsync(disturbed, cancellationToken);

        return FaultResult.Of(
            sender.Acknowledged, await StoredFleet.ReadAsync(product.Database, disturbed, cancellationToken),
            await StoredFleet.ReadAsync(product.Database, quiet, cancellationToken), recovery, sender.Repeats);
    }

    /// <summary>What does not hold of the whole ledger: chains, payloads and seals of every tenant.</summary>
    public async Task<IReadOnlyList<string>> LedgerFindingsAsync(CancellationToken cancellationToken) =>
        [.. (await LedgerVerifier.VerifyAsync(product.Database, [], cancellationToken))
            .SelectMany(tenant => tenant.Findings).Select(finding => $"{finding.Code} {finding.Where}")];

    private async Task<TimeSpan> KillAsync(Kill kill, int seed, Sender sender, Task sending, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        // Named places of which some are met only while devices are new are armed early.
        var at = kill.Victim == Victim.ServerAtFailpoint ? 0.02 + 0.3 * random.NextDouble() : 0.05 + 0.75 * random.NextDouble();
        await Wait.UntilAsync(() => IsThere(sending, () => sender.Progress >= at), TrafficDeadline, "traffic goes on", cancellationToken);
        if (kill.Failpoint is { } failpoint)
        {
            var armed = Path.Combine(product.FailpointDirectory, failpoint);
            await File.WriteAllTextAsync(armed + ".arm", "", cancellationToken);
            await Wait.UntilAsync(
                () => IsThere(sending, () => File.Exists(armed + ".held")), HeldDeadline, $"the server reaches {failpoint}", cancellationToken);
            await Wait.PauseAsync(Held, cancellationToken);
            Signals.KillAtOnce(product.ServerProcessId);
            File.Delete(armed + ".held");
        }
        else
        {
            await Wait.PauseAsync(TimeSpan.FromMilliseconds(random.Next(1, 30)), cancellationToken);
            if (kill.Victim == Victim.Postgres)
                return await KillPostgresAsync(sender, sending, cancellationToken);
            Signals.KillAtOnce(product.ServerProcessId);
        }
        return await FirstAfterAsync(sender, sending, cancellationToken);
    }

    // Backends outlive their postmaster by what they are at, and may acknowledge a little more: recovery is what the next
    // postmaster's acknowledge.
    private async Task<TimeSpan> KillPostgresAsync(Sender sender, Task sending, CancellationToken cancellationToken)
    {
        var killed = product.PostmasterProcessId;
        var at = TimeProvider.System.GetTimestamp();
        Signals.KillAtOnce(killed);
        await Wait.UntilAsync(
            () => IsThere(sending, () => product.Files.PostmasterProcessId is { } next && next != killed), RestDeadline,
            "the supervisor starts PostgreSQL again", cancellationToken);
        var untilStarted = TimeProvider.System.GetElapsedTime(at);
        return untilStarted + await FirstAfterAsync(sender, sending, cancellationToken);
    }

    private static async Task<TimeSpan> FirstAfterAsync(Sender sender, Task sending, CancellationToken cancellationToken)
    {
        var first = sender.WatchFirstAcknowledgement();
        sender.OpenGate();
        await Task.WhenAny(first, sending);
        await (first.IsCompleted ? first : sending);
        return await first.WaitAsync(TimeSpan.Zero, cancellationToken);
    }

    // A sender that failed ends the wait with its reason.
    private static bool IsThere(Task sending, Func<bool> condition)
    {
        if (sending.IsFaulted)
            sending.GetAwaiter().GetResult();
        return condition();
    }

    private async Task RestAsync(FleetDevice[] fleet, CancellationToken cancellationToken)
    {
        var pending = "";
        try
        {
            await Wait.UntilAsync(
                async () => (pending = await StoredFleet.PendingAsync(product.Database, fleet, cancellationToken)).Length == 0,
                TimeSpan.FromMilliseconds(100), RestDeadline, "everything comes to rest", cancellationToken);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}; still {pending}", late);
        }
    }

    // The one that yesterday began with: in the past for every fix, and the same fixes for the same seed all day long.
    private long MidnightMicros()
    {
        var yesterday = time.GetUtcNow().UtcDateTime.Date.AddDays(-1);
        return (yesterday - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    }
}
