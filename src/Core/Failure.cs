namespace FieldCrm.Core;

/// <summary>
/// An expected refusal: a value, never an exception. <paramref name="Code"/> is stable, dotted and lower-case
/// (<c>fix.latitude-out-of-range</c>); clients and tests rely on it. <paramref name="Message"/> says in one
/// sentence what is wrong and what to do; it carries no secret and no personal data.
/// </summary>
public sealed record Failure(string Code, string Message)
{
    public override string ToString() => $"{Code}: {Message}";
}
