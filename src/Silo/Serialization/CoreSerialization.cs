using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Devices;
using FieldCrm.Core.People;
using FieldCrm.Core.Tenants;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Serializers;

namespace FieldCrm.Silo.Serialization;

/// <summary>
/// Lets grain messages be plain types of Core, which knows no Orleans: between processes they travel as JSON by Core's
/// source-generated contexts, and within one they are handed over as they are, since they are deeply immutable.
/// </summary>
public static class CoreSerialization
{
    internal static readonly Assembly Core = typeof(TenantId).Assembly;

    /// <summary>Core's contexts one after the other; a message in none of them cannot leave the process.</summary>
    internal static readonly JsonSerializerOptions Json = CreateOptions();

    public static IServiceCollection AddCoreSerialization(this IServiceCollection services)
    {
        services.AddSerializer(serializer => serializer.AddJsonSerializer(
            IsCore, isCopyable: _ => false, codec => codec.Configure(options => options.SerializerOptions = Json)));
        services.AddSingleton<CoreCopier>();
        services.AddSingleton<IGeneralizedCopier>(provider => provider.GetRequiredService<CoreCopier>());
        services.AddSingleton<ITypeFilter>(provider => provider.GetRequiredService<CoreCopier>());
        return services;
    }

    internal static bool IsCore(Type type) => type.Assembly == Core;

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions(TenantJson.Default.Options);
        options.TypeInfoResolverChain.Add(NetEventJsonContext.Default);
        options.TypeInfoResolverChain.Add(AvailabilityJson.Default);
        options.TypeInfoResolverChain.Add(PersonJson.Default);
        options.MakeReadOnly();
        return options;
    }

    private sealed class CoreCopier : IGeneralizedCopier, ITypeFilter
    {
        public bool IsSupportedType(Type type) => IsCore(type);

        [return: NotNullIfNotNull(nameof(input))]
        public object? DeepCopy(object? input, CopyContext context) => input;

        public bool? IsTypeAllowed(Type type) => IsCore(type) ? true : null;
    }
}
