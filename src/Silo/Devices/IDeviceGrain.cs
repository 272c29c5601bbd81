using System.Collections.Immutable;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Retention;

namespace FieldCrm.Silo.Devices;

/// <summary>One device: its mailbox and its place. The key is the device's id.</summary>
public interface IDeviceGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Completes when every fix of the batch is durably stored and evaluated. An empty batch says only that the device was
    /// heard: what it sent was set aside.
    /// </summary>
    /// <exception cref="Commit.CommitUnavailableException">Not stored; the device must send it again.</exception>
    /// <exception cref="Commit.CommitOutcomeUnknownException">Acknowledge nothing; a repeat is absorbed.</exception>
    Task<ReportReceipt> ReportAsync([Immutable] FixBatch batch);

    /// <summary>Takes over what a refold found. False when too much came in meanwhile: fold on and come again.</summary>
    /// <param name="generation">Of the refold mark that was answered.</param>
    Task<bool> AdoptAsync([Immutable] RefoldResult refold, int tenant, long generation);

    /// <summary>Corrects the record of one slice of a long refold and moves the refold mark behind it.</summary>
    /// <param name="generation">Of the refold mark, when the slice's fixes were read.</param>
    /// <exception cref="Commit.CommitConflictException">A late fix moved the mark: read the slice again.</exception>
    Task CorrectAsync([Immutable] RefoldResult slice, int tenant, long generation);

    /// <summary>Erases everything that was made of the device's fixes, which are deleted already. May be repeated.</summary>
    /// <param name="reason">A stable code, for the ledger.</param>
    Task EraseAsync(int tenant, string reason);

    /// <summary>The silence check at its due time.</summary>
    Task DueAsync(int tenant, long nowMicros);

    /// <summary>
    /// Retention: forgets the positions that were fixed before a time, in the state, where a refold may begin, and in the
    /// ledger's payloads.
    /// </summary>
    Task<ForgetOutcome> ForgetAsync(int tenant, long beforeMicros);
}

/// <param name="Accepted">Fixes that this report stored, or found stored already by its late ones.</param>
/// <param name="Duplicates">Fixes that were known to be stored.</param>
/// <param name="Parked">Places in the batch of fixes that the database refuses for good; they lie in quarantine.</param>
[GenerateSerializer, Immutable]
public readonly record struct ReportReceipt(
    [property: Id(0)] int Accepted, [property: Id(1)] int Duplicates, [property: Id(2)] ImmutableArray<int> Parked);
