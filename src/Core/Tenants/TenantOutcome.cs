using System.Collections.Immutable;

namespace FieldCrm.Core.Tenants;

/// <summary>What a command led to: events (none when all was so already), or the reason why not.</summary>
public sealed record TenantOutcome
{
    public Failure? Refusal { get; init; }

    public ImmutableArray<TenantEvent> Events { get; init; } = [];

    public static readonly TenantOutcome Nothing = new();

    public static TenantOutcome Of(params ImmutableArray<TenantEvent> events) => new() { Events = events };

    public static TenantOutcome Refused(string code, string message) => new() { Refusal = new Failure(code, message) };

    public static implicit operator TenantOutcome(Failure refusal) => new() { Refusal = refusal };

    public static implicit operator TenantOutcome(TenantEvent happened) => new() { Events = [happened] };
}
