using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;

namespace FieldCrm.Hub.Tests.Leaks;

internal static partial class RouteParameter
{
    /// <summary>{id}, {tokenId:guid}, {**path}: all are shown without what they are held to.</summary>
    [GeneratedRegex(@"\{\**(?<name>\w+)[^}]*\}")]
    public static partial Regex Pattern();

    public static string Plain(string route) => "/" + Pattern().Replace(route, m => $"{{{m.Groups["name"].Value}}}").Trim('/');
}

/// <summary>An address as the running server has it.</summary>
/// <param name="Policies">The names that it wants, empty for anybody.</param>
/// <param name="IsGuarded">Wants somebody who is signed in, whoever he is.</param>
internal sealed record ServedRoute(string Method, string Route, IReadOnlyList<string> Policies, bool IsGuarded)
{
    public string Operation => $"{Method} {Route}";
}

/// <summary>What there is to be probed: the document's operations, the server's routes, and the promise of SECURITY.md.</summary>
internal static class Routes
{
    private static readonly string Root = Path.Combine(Path.GetDirectoryName(ThisFile()) ?? "", "..", "..", "..");

    public static IReadOnlyList<ServedRoute> Served(InProcessServer server) =>
    [
        .. server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(e => e.Metadata.GetMetadata<HubMetadata>() is null)
            .SelectMany(e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["*"]).Where(m => m != "HEAD").Select(method => new ServedRoute(
                method, RouteParameter.Plain(e.RoutePattern.RawText ?? ""),
                [.. e.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(a => a.Policy).OfType<string>()],
                e.Metadata.GetMetadata<IAuthorizeData>() is not null || e.Metadata.GetMetadata<AuthorizationPolicy>() is not null)))
            .DistinctBy(r => r.Operation),
    ];

    /// <summary>Hubs by path.</summary>
    public static IReadOnlyDictionary<string, Type> Hubs(InProcessServer server) => server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(e => e.Metadata.GetMetadata<HubMetadata>() is not null && e.RoutePattern.RawText?.EndsWith("/negotiate", StringComparison.Ordinal) == false)
        .DistinctBy(e => e.RoutePattern.RawText).ToDictionary(e => RouteParameter.Plain(e.RoutePattern.RawText ?? ""), e => e.Metadata.GetRequiredMetadata<HubMetadata>().HubType);

    /// <summary>Operation → media types of its success.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Documented()
    {
        var document = JsonElement.Parse(File.ReadAllText(Path.Combine(Root, "docs", "openapi.json")));
        return document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (Operation: $"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value)))
            .ToDictionary(o => o.Operation, o => MediaTypes(o.Value));
    }

    /// <summary>Hub path → methods, as docs/wire/hubs.json has them.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> HubContract() => JsonElement.Parse(File.ReadAllText(Path.Combine(Root, "docs", "wire", "hubs.json")))
        .EnumerateObject().ToDictionary(
            hub => hub.Name, hub => (IReadOnlyList<string>)[.. hub.Value.GetProperty("methods").EnumerateObject().Select(m => m.Name)]);

    /// <summary>Capability → roles, as SECURITY.md promises them; the code's own table is compared with it.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Promised()
    {
        var table = File.ReadAllLines(Path.Combine(Root, "SECURITY.md")).SkipWhile(l => !l.StartsWith("| capability |", StringComparison.Ordinal))
            .TakeWhile(l => l.StartsWith('|')).Select(l => l.Split('|')[1..^1].Select(c => c.Trim()).ToArray()).ToArray();
        var roles = table[0][1..];
        return table.Skip(2).ToDictionary(
            row => row[0].Split(':')[0], row => (IReadOnlyList<string>)[.. roles.Where((_, i) => row[i + 1] == "yes")]);
    }

    private static IReadOnlyList<string> MediaTypes(JsonElement operation) =>
        operation.GetProperty("responses").TryGetProperty("200", out var success) && success.TryGetProperty("content", out var content)
            ? [.. content.EnumerateObject().Select(c => c.Name)] : [];

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
