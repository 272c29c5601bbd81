using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.People;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Devices;
using FieldCrm.Silo.Tenants;
using Orleans.Runtime;

namespace FieldCrm.Hub.Ingest;

/// <summary>
/// The way of a fix from the wire to its acknowledgement, the same for every protocol: the listener identifies and
/// decodes, then <see cref="AcceptAsync"/>: on shift, where it is a person's → admit → report (fold, commit) → answer.
/// </summary>
internal sealed partial class IngestPipeline(
    DeviceGrains grains, ICommitLanes lanes, TenantSettingsCache tenants, PersonGate people, IngestMetrics metrics,
    ILogger<IngestPipeline> logger)
{
    /// <param name="protocol">For the quarantine: <c>osmand</c>, <c>fixes</c>, <c>import</c>.</param>
    /// <param name="raw">The request as it came, without its secret; kept only for what is quarantined.</param>
    /// <returns>200 only when everything is durably stored and evaluated, or kept in quarantine.</returns>
    public async ValueTask<IngestOutcome> AcceptAsync(
        Reporter device, Fix[] fixes, UtcMicros receivedAt, string protocol, ReadOnlyMemory<byte> raw)
    {
        try
        {
            var settings = await tenants.OfAsync(device.Tenant);
            if (!device.IsPerson)
                return await AcceptAdmittedAsync(device, fixes, receivedAt, TimeSpan.FromDays(settings.RetentionDays), protocol, raw);
            var taken = await people.PlacesTakenAsync(device, fixes, receivedAt, settings);
            return await AcceptTakenAsync(device, fixes, taken, receivedAt, TimeSpan.FromDays(settings.DaysKeptOfPeople()), protocol);
        }
        catch (Exception e) when (IsNotStored(e))
        {
            metrics.NotStored(fixes.Length);
            LogNotStored(device.Device.Value, e.GetType().Name);
            return IngestOutcome.NotStored;
        }
    }

    private async ValueTask<IngestOutcome> AcceptAdmittedAsync(
        Reporter device, Fix[] fixes, UtcMicros receivedAt, TimeSpan kept, string protocol, ReadOnlyMemory<byte>? raw)
    {
        var refused = Admit(fixes, receivedAt, kept);
        if (refused.Length > 0)
            await QuarantineAsync(device, fixes, refused, receivedAt, protocol, raw);
        var admitted = refused.Length > 0 ? Without(fixes, refused) : fixes;
        // Also when nothing was admitted: the device was heard, and its silence ends.
        if ((await ReportAsync(device, admitted, receivedAt)).Parked is { IsEmpty: false } parked)
            refused = WithParked(fixes.Length, refused, parked);
        return new IngestOutcome(IngestAnswer.Received, refused, OffShift: 0);
    }

    /// <summary>
    /// A person's fixes, of which those at <paramref name="taken"/> were made on shift. Of the others nothing is kept, not
    /// even that something came; and never the request as it came, since it holds them too.
    /// </summary>
    private async ValueTask<IngestOutcome> AcceptTakenAsync(
        Reporter device, Fix[] fixes, int[] taken, UtcMicros receivedAt, TimeSpan kept, string protocol)
    {
        var offShift = fixes.Length - taken.Length;
        metrics.OffShift(offShift);
        if (taken.Length == 0)
            return new IngestOutcome(IngestAnswer.Received, [], offShift);
        var outcome = await AcceptAdmittedAsync(
            device, [.. taken.Select(place => fixes[place])], receivedAt, kept, protocol, raw: null);
        return outcome with { Quarantined = [.. outcome.Quarantined.Select(item => (taken[item.Index], item.Code))], OffShift = offShift };
    }

    // Refusing by the single fix and its receive time alone keeps the outcome independent of the order of arrival.
    private static (int Index, string Code)[] Admit(Fix[] fixes, UtcMicros receivedAt, TimeSpan kept)
    {
        List<(int, string)>? refused = null;
        for (var i = 0; i < fixes.Length; i++)
        {
            if (FixAdmission.Check(fixes[i], receivedAt, kept) is { } reason)
                (refused ??= []).Add((i, reason));
        }
        return refused is null ? [] : [.. refused];
    }

    private async ValueTask QuarantineAsync(
        Reporter device, Fix[] fixes, (int Index, string Code)[] refused, UtcMicros receivedAt, string protocol,
        ReadOnlyMemory<byte>? raw)
    {
        foreach (var reason in refused.GroupBy(item => item.Code, item => fixes[item.Index]))
        {
            // A body too long to keep whole is kept as the fixes it held, in Core's own layout.
            var pieces = raw is { Length: <= QuarantineStatements.MaxRawBytes } whole ? [whole.ToArray()] : Encoded(reason.ToArray());
            foreach (var bytes in pieces)
            {
                await lanes.CommitAsync(device.Device.Value, QuarantineStatements.Unit(
                    device.Tenant, device.Device, reason.Key, protocol, receivedAt, reason.First().FixedAt, bytes));
            }
            metrics.Quarantined(reason.Key, reason.Count());
        }
    }

    // What the database refused for good lies in quarantine: nobody is told that it is in his track.
    private (int Index, string Code)[] WithParked(int count, (int Index, string Code)[] refused, ImmutableArray<int> parked)
    {
        metrics.Quarantined(QuarantineStatements.CommitRefused, parked.Length);
        var left = refused.Select(item => item.Index).ToHashSet();
        var admitted = Enumerable.Range(0, count).Where(index => !left.Contains(index)).ToArray();
        return [.. refused.Concat(parked.Select(place => (Index: admitted[place], Code: QuarantineStatements.CommitRefused)))
            .OrderBy(item => item.Index)];
    }

    private static Fix[] Without(Fix[] fixes, (int Index, string Code)[] refused)
    {
        var left = refused.Select(item => item.Index).ToHashSet();
        return [.. fixes.Where((_, index) => !left.Contains(index))];
    }

    private async ValueTask<ReportReceipt> ReportAsync(Reporter device, Fix[] fixes, UtcMicros receivedAt)
    {
        var batch = new FixBatch(device.Tenant, receivedAt, ImmutableArray.Create(fixes));
        var receipt = await grains.Of(device.Device).ReportAsync(batch);
        metrics.Accepted(receipt);
        return receipt;
    }

    // By halves until each piece fits; a single fix with the longest attributes does.
    private static IEnumerable<byte[]> Encoded(ReadOnlyMemory<Fix> fixes)
    {
        var bytes = FixBatchCodec.Encode(fixes.Span);
        return bytes.Length <= QuarantineStatements.MaxRawBytes
            ? [bytes] : Encoded(fixes[..(fixes.Length / 2)]).Concat(Encoded(fixes[(fixes.Length / 2)..]));
    }

    /// <summary>Failures after which nothing is known to be stored: the device is asked to send again.</summary>
    public static bool IsNotStored(Exception exception) => exception
        is CommitUnavailableException or CommitRefusedException or CommitOutcomeUnknownException or CommitConflictException
        or TimeoutException or LimitExceededException or OrleansException or Npgsql.NpgsqlException;

    [LoggerMessage(2100, LogLevel.Warning, "A report of device {DeviceId} was not acknowledged ({Exception})")]
    private partial void LogNotStored(int deviceId, string exception);
}
