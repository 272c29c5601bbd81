using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace FieldCrm.Silo.Tests.Serialization;

public sealed class CoreMessagesTests
{
    private static readonly HashSet<Type> ImmutableLeaves =
        [typeof(string), typeof(Guid), typeof(decimal), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly)];

    private static readonly Type[] ImmutableShells = [typeof(ImmutableArray<>), typeof(Nullable<>), typeof(ReadOnlyMemory<>)];

    /// <summary>Core types that grain interfaces name; they are handed over without a copy.</summary>
    private static IEnumerable<Type> Messages => typeof(CoreSerialization).Assembly.GetTypes()
        .Where(t => t.IsInterface && typeof(IGrain).IsAssignableFrom(t))
        .SelectMany(t => t.GetMethods())
        .SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType))
        .SelectMany(Unwrapped).Where(CoreSerialization.IsCore)
        .SelectMany(t => t.IsAbstract ? t.Assembly.GetTypes().Where(d => d.IsSubclassOf(t)) : [t])
        .Append(typeof(TenantOutcome)).Distinct();

    [Fact]
    public void Given_Core_types_in_grain_interfaces_Then_they_are_deeply_immutable()
    {
        var wrong = new List<string>();
        var seen = new HashSet<Type>();
        foreach (var type in Messages)
            Check(type, type.Name, seen, wrong);

        Assert.Contains(typeof(RegisterDevices), seen);
        Assert.Equal("", string.Join('\n', wrong));
    }

    [Fact]
    public void Given_a_command_When_copied_within_a_process_Then_it_is_the_same_instance()
    {
        using var services = Services();
        TenantCommand command = new DisableDevice(new Core.DeviceId(7));

        Assert.Same(command, services.GetRequiredService<DeepCopier>().Copy(command));
    }

    [Fact]
    public void Given_a_command_and_an_outcome_When_sent_to_another_process_Then_they_arrive_equal()
    {
        using var services = Services();
        var serializer = services.GetRequiredService<Serializer>();
        TenantCommand command = new NoteUnregistered(
            [new UnregisteredSighting("phone", "osmand", new Core.UtcMicros(1), new Core.UtcMicros(2), 3)]);
        var outcome = TenantOutcome.Of(new DeviceDisabled(new Core.DeviceId(7)));

        var arrived = serializer.Deserialize<TenantCommand>(serializer.SerializeToArray(command));
        var answered = serializer.Deserialize<TenantOutcome>(serializer.SerializeToArray(outcome));

        Assert.Equal(((NoteUnregistered)command).Sightings.ToArray(), Assert.IsType<NoteUnregistered>(arrived).Sightings.ToArray());
        Assert.Equal(outcome.Events.ToArray(), answered!.Events.ToArray());
    }

    private static ServiceProvider Services()
    {
        var services = new ServiceCollection();
        services.AddCoreSerialization();
        return services.BuildServiceProvider();
    }

    private static void Check(Type type, string path, HashSet<Type> seen, List<string> wrong)
    {
        if (type.IsPrimitive || type.IsEnum || ImmutableLeaves.Contains(type) || !seen.Add(type))
            return;
        if (type.IsGenericType && ImmutableShells.Contains(type.GetGenericTypeDefinition()))
        {
            foreach (var inner in type.GetGenericArguments())
                Check(inner, path, seen, wrong);
            return;
        }
        if (!CoreSerialization.IsCore(type))
        {
            wrong.Add($"{path}: {type} may change");
            return;
        }
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (!field.IsInitOnly && !IsBehindInit(type, field))
                wrong.Add($"{path}.{field.Name} can be set");
            Check(field.FieldType, $"{path}.{field.Name}", seen, wrong);
        }
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
            Check(parent, $"{path}:{parent.Name}", seen, wrong);
    }

    // The field of `{ get; init; }` is not readonly to the runtime, but only an initialiser reaches it.
    private static bool IsBehindInit(Type type, FieldInfo field) =>
        field.Name.StartsWith('<') && type.GetProperty(field.Name[1..field.Name.IndexOf('>')], BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic) is { } property
        && (property.SetMethod is null || property.SetMethod.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)));

    private static IEnumerable<Type> Unwrapped(Type type) => type.IsGenericType
        ? type.GetGenericArguments().SelectMany(Unwrapped).Append(type)
        : [type];
}
