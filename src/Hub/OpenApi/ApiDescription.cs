using System.Text.Json;
using Microsoft.OpenApi;

namespace FieldCrm.Hub.OpenApi;

/// <summary>
/// The description of what others may build on: <c>/api/v1</c> and what trackers speak to. The operator's addresses and
/// pages are ours to change and stay out. Committed as docs/openapi.json; a test compares.
/// </summary>
internal static class ApiDescription
{
    private const string Name = "v1";

    public static IServiceCollection AddApiDescription(this IServiceCollection services) =>
        services.AddOpenApi(Name, options =>
        {
            options.ShouldInclude = endpoint => endpoint.RelativePath is { } path
                && (path.StartsWith("api/v1/", StringComparison.Ordinal) || path.StartsWith("osmand/", StringComparison.Ordinal));
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "FieldCrm", Version = Name,
                    Description = "Refusals are problem details (RFC 9457) with a stable `code`. Times are ISO 8601 in UTC, units stand in the names. "
                        + "A session's cookie or the operator's credential (Bearer) signs in; trackers have tokens of their own.",
                };
                document.Servers = []; // whoever serves it
                foreach (var parameter in Parameters(document))
                    parameter.Name = JsonNamingPolicy.CamelCase.ConvertName(parameter.Name ?? "");
                foreach (var schema in document.Components?.Schemas?.Values.OfType<OpenApiSchema>() ?? [])
                    schema.Required?.ExceptWith([.. Optional(schema)]);
                return Task.CompletedTask;
            });
            OperationNotes.Add(options); // after the names are what clients see
        });

    public static void MapApiDescription(this IEndpointRouteBuilder app) =>
        app.MapOpenApi("/openapi/{documentName}.json").RequireAuthorization();

    private static IEnumerable<OpenApiParameter> Parameters(OpenApiDocument document) => document.Paths.Values
        .SelectMany(path => path.Operations?.Values.AsEnumerable() ?? [])
        .SelectMany(operation => operation.Parameters?.AsEnumerable() ?? []).OfType<OpenApiParameter>();

    // What was not reported is absent, in what is answered as in what is sent.
    private static IEnumerable<string> Optional(OpenApiSchema schema) => (schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
        .Where(property => IsNull(property.Value) || (property.Value.OneOf?.Any(IsNull) ?? false)).Select(property => property.Key);

    private static bool IsNull(IOpenApiSchema schema) => schema.Type?.HasFlag(JsonSchemaType.Null) ?? false;
}
