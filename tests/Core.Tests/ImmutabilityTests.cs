using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tests;

/// <summary>
/// Core's messages cross grain boundaries by reference: a type that could be changed after it was sent would be
/// changed under its receiver. Every public record of Core is checked all the way down; arrays only as ImmutableArray.
/// </summary>
public sealed class ImmutabilityTests
{
    // The state and decisions of a device stay within its grain; the fold in them is cloned before it steps.
    private static readonly HashSet<Type> WithinOneGrain =
        [typeof(DeviceState), typeof(ReportDecision), typeof(DueDecision), typeof(AdoptDecision), typeof(ForgetDecision)];

    // Rows on their way to a commit lane: handed over within the process, never sent to a grain.
    private const string LedgerNamespace = "FieldCrm.Core.Ledger";

    private static readonly HashSet<Type> Atoms =
        [typeof(string), typeof(Guid), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeSpan), typeof(decimal),
            typeof(System.Text.Json.JsonElement)];

    public static TheoryData<Type> Messages() => [.. MessageTypes()];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Given_a_message_When_looked_through_Then_nothing_in_it_can_change(Type message) =>
        Assert.Null(FindMutable(message, []));

    [Theory]
    [InlineData(typeof(Refold))]
    [InlineData(typeof(Settable))]
    [InlineData(typeof(Nested))]
    [InlineData(typeof(DeviceState))]
    public void Given_a_type_that_can_change_When_looked_through_Then_found(Type type) => Assert.NotNull(FindMutable(type, []));

    [Fact]
    public void Given_the_messages_When_listed_Then_those_of_the_refold_are_among_them() =>
        Assert.Superset(new HashSet<Type> { typeof(RefoldResult), typeof(NetEvent), typeof(Checkpoint), typeof(Fix) }, MessageTypes().ToHashSet());

    private static IEnumerable<Type> MessageTypes() =>
        typeof(Fix).Assembly.GetExportedTypes().Where(
            t => IsRecord(t) && !WithinOneGrain.Contains(t) && t.Namespace != LedgerNamespace);

    private static string? FindMutable(Type type, HashSet<Type> seen)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            type = underlying;
        if (type.IsPrimitive || type.IsEnum || Atoms.Contains(type) || !seen.Add(type))
            return null;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            return FindMutable(type.GetGenericArguments()[0], seen);
        if (!IsRecord(type))
            return $"{type} is no record, atom or ImmutableArray";
        foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (property.SetMethod is { } setter && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)))
                return $"{type.Name}.{property.Name} can be set";
        }
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (!field.IsInitOnly && !field.IsDefined(typeof(CompilerGeneratedAttribute)))
                return $"{type.Name}.{field.Name} can be assigned";
            if (FindMutable(field.FieldType, seen) is { } deeper)
                return $"{type.Name}.{field.Name}: {deeper}";
        }
        return null;
    }

    private static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic) is not null;

    private sealed record Refold(int[] Numbers);

    private sealed record Settable { public int Number { get; set; } }

    private sealed record Nested(ImmutableArray<List<int>> Lists);
}
