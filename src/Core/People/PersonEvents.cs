using System.Text.Json.Serialization;
using FieldCrm.Core.Tenants;

namespace FieldCrm.Core.People;

/// <summary>What a person said about his position, on the stream <c>person/ID</c>. The type's name is stored: never rename one.</summary>
[JsonDerivedType(typeof(ConsentGiven), nameof(ConsentGiven))]
[JsonDerivedType(typeof(ConsentDeclined), nameof(ConsentDeclined))]
[JsonDerivedType(typeof(ConsentWithdrawn), nameof(ConsentWithdrawn))]
[JsonDerivedType(typeof(ShiftStarted), nameof(ShiftStarted))]
[JsonDerivedType(typeof(ShiftEnded), nameof(ShiftEnded))]
[JsonDerivedType(typeof(ErasureRequested), nameof(ErasureRequested))]
[JsonDerivedType(typeof(PositionsErased), nameof(PositionsErased))]
public abstract record PersonEvent
{
    /// <summary>Set by the grain.</summary>
    public Actor? By { get; init; }
}

/// <param name="TextHash">Of the text in <paramref name="Notice"/>, for whoever only keeps the hash.</param>
public sealed record ConsentGiven(ConsentNotice Notice, string TextHash, UtcMicros At) : PersonEvent;

public sealed record ConsentDeclined(ConsentNotice Notice, string TextHash, UtcMicros At) : PersonEvent;

public sealed record ConsentWithdrawn(string Purpose, UtcMicros At) : PersonEvent;

/// <param name="ConsentFrom">The consent that it is under.</param>
public sealed record ShiftStarted(UtcMicros At, UtcMicros ConsentFrom) : PersonEvent;

/// <param name="Why">One of <see cref="ShiftEnd"/>.</param>
public sealed record ShiftEnded(UtcMicros StartedAt, UtcMicros At, string Why) : PersonEvent;

public static class ShiftEnd
{
    public const string Person = "person";
    public const string TooLong = "too-long";
    public const string Withdrawn = "withdrawn";

    /// <summary>His user was disabled.</summary>
    public const string Disabled = "disabled";
}

public sealed record ErasureRequested(UtcMicros At) : PersonEvent;

public sealed record PositionsErased(long Positions, UtcMicros At) : PersonEvent;
