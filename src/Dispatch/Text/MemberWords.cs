namespace FieldCrm.Dispatch.Text;

/// <summary>What an entry of the audit log says of its act, by the names of the event's members; those that stand elsewhere too are there.</summary>
public sealed class MemberWords
{
    public required string AcceptsEnrolment { get; init; }
    public required string BareId { get; init; }
    public required string ClaimedId { get; init; }
    public required string Until { get; init; }
    public required string Tries { get; init; }
    public required string Method { get; init; }
    public required string ByPassword { get; init; }
    public required string ByPasskey { get; init; }
    public required string Subject { get; init; }
    public required string People { get; init; }
    public required string WithinMinutes { get; init; }
    public required string ProcessId { get; init; }
    public required string Credential { get; init; }
    public required string Yes { get; init; }
    public required string No { get; init; }
}
