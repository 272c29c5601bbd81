using System.Net;
using System.Text;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace FieldCrm.Hub.Tests.Api;

/// <summary>Whatever stands in a body where something else was meant: the caller is told so, and nobody calls it a defect.</summary>
[Collection(ServerCollection.Name)]
public sealed class BodyTests(SharedServer shared)
{
    private static readonly string[] Bodies =
    [
        "{}", "null", "[]", "\"text\"", "7", "{", "", """{"id":null,"name":null,"role":null,"devices":null,"numbers":null}""",
        """{"id":7,"name":{},"role":[],"devices":7,"numbers":"x"}""", """{"devices":[null],"numbers":[null]}""", """{"devices":[{}]}""",
    ];

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_every_operation_with_a_body_When_it_is_nonsense_Then_it_is_never_a_defect_of_the_server()
    {
        var operations = (
            from endpoint in Server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            where endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is { ContentTypes: var types } && types.Contains("application/json")
            from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
            select (Method: new HttpMethod(method), Path: PathOf(endpoint.RoutePattern))).ToList();
        Assert.True(operations.Count >= 12, $"only {operations.Count} operations take a body");

        List<string> defects = [];
        var refused = 0;
        foreach (var (method, path) in operations)
        {
            foreach (var body in Bodies)
            {
                using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
                using var answer = await Server.Operator.SendAsync(request);
                var text = await answer.Content.ReadAsStringAsync();
                if (answer.StatusCode >= HttpStatusCode.InternalServerError)
                    defects.Add($"{method} {path} {body}: {(int)answer.StatusCode}");
                if (answer.StatusCode != HttpStatusCode.BadRequest)
                    continue;
                refused++;
                if (!text.Contains("\"code\":\"", StringComparison.Ordinal))
                    defects.Add($"{method} {path} {body}: 400 without a code");
            }
        }

        Assert.Empty(defects);
        Assert.True(refused > operations.Count * 6, $"only {refused} were refused");
    }

    private static string PathOf(RoutePattern pattern) => "/" + string.Join('/', pattern.PathSegments.Select(segment => string.Concat(
        segment.Parts.Select(part => part is RoutePatternLiteralPart literal ? literal.Content : "nobody"))));
}
