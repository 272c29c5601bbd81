namespace FieldCrm.Dispatch.Api;

/// <summary>What came of a request: the value, or why there is none. A refusal is an answer, not an exception.</summary>
/// <param name="Code">Stable; <c>server.unreachable</c> where nothing answered. Null with a value.</param>
/// <param name="Current">What a unit's availability is by now, where a refusal says that it was not seen.</param>
public sealed record Answer<T>(T? Value, string? Code = null, string? Message = null, AvailabilitySaid? Current = null)
    where T : class
{
    public bool IsSignedOut => Code is "auth.required" or "auth.sign-in-required";

    /// <summary>The same refusal, or what is made of the value.</summary>
    public Answer<TOther> As<TOther>(Func<T, TOther> make)
        where TOther : class => new(Value is { } value ? make(value) : null, Code, Message);
}

public sealed class Nothing
{
    public static readonly Nothing At = new();
}
