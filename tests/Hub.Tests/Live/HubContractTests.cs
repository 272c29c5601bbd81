using System.Reflection;
using System.Text.Json.Nodes;
using FieldCrm.Hub.Live;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace FieldCrm.Hub.Tests.Live;

/// <summary>docs/wire/hubs.json is what the server's hubs are: paths, policies, protocols, methods and messages.</summary>
[Collection(ServerCollection.Name)]
public sealed class HubContractTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public void Given_the_contract_When_compared_with_every_hub_that_is_mapped_Then_they_agree()
    {
        var hubs = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var endpoint in Server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<HubMetadata>() is { } hub && endpoint.RoutePattern.RawText?.EndsWith("/negotiate", StringComparison.Ordinal) == false)
                hubs.TryAdd("/" + endpoint.RoutePattern.RawText?.Trim('/'), Describe(hub.HubType, endpoint));
        }
        var actual = new JsonObject(hubs);

        Assert.Equal(JsonNode.Parse(File.ReadAllText(Contract()))?.ToJsonString(), actual.ToJsonString());
    }

    private JsonObject Describe(Type hub, RouteEndpoint endpoint)
    {
        var methods = hub.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(m => !m.IsVirtual || m.GetBaseDefinition().DeclaringType == hub)
            .Select(m => KeyValuePair.Create<string, JsonNode?>(
                m.GetCustomAttribute<HubMethodNameAttribute>()?.Name ?? m.Name, $"({Parameters(m)}){Result(m)}"))
            .OrderBy(m => m.Key, StringComparer.Ordinal);
        var messages = hub.GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.Name.EndsWith("Message", StringComparison.Ordinal))
            .Select(f => (string)f.GetRawConstantValue()!).Order(StringComparer.Ordinal)
            .Select(name => KeyValuePair.Create<string, JsonNode?>(name, UnitsMessages[name]));
        return new JsonObject
        {
            ["policy"] = string.Join(',', endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(a => a.Policy)),
            ["protocol"] = string.Join(',', Protocols(hub)),
            ["methods"] = new JsonObject(methods),
            ["messages"] = new JsonObject(messages),
        };
    }

    // What GoldenMessagesTests proves byte by byte.
    private static readonly Dictionary<string, string> UnitsMessages = new()
    {
        [UnitsHub.UnitsMessage] = "(int watch, int mode, float64 baseUnixMs, bin[] blocks)",
        [UnitsHub.CountsMessage] = "(int watch, float64 baseUnixMs, int level, bin cells)",
    };

    private IEnumerable<string> Protocols(Type hub)
    {
        var options = typeof(IOptions<>).MakeGenericType(typeof(HubOptions<>).MakeGenericType(hub));
        var value = (HubOptions)options.GetProperty("Value")!.GetValue(Server.App.Services.GetService(options))!;
        return value.SupportedProtocols ?? [];
    }

    private static string Parameters(MethodInfo method) => string.Join(", ", method.GetParameters()
        .Where(p => p.ParameterType != typeof(CancellationToken))
        .Select(p => $"{(p.ParameterType == typeof(string) ? "string" : p.ParameterType.Name)} {p.Name}"));

    private static string Result(MethodInfo method) => method.ReturnType switch
    {
        var nothing when nothing == typeof(void) || nothing == typeof(Task) => "",
        { IsGenericType: true } stream when stream.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>) => $" -> stream of {stream.GetGenericArguments()[0].Name}",
        var other => $" -> {other.Name}",
    };

    private static string Contract()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "FieldCrm.sln")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("Not inside the repository.");
        return Path.Combine(directory, "docs", "wire", "hubs.json");
    }
}
