using FieldCrm.Core.People;
using FieldCrm.Hub.Ingest;
using FieldCrm.Hub.People;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace FieldCrm.Hub.OpenApi;

/// <summary>What every operation says without saying it itself: who may call it, what is answered to others, what a parameter means.</summary>
internal static class OperationNotes
{
    private const string Session = "session";
    private const string Operator = "operator";
    private const string Program = "program";
    private const string Device = "device";
    private const string TooMany = "Too many requests; Retry-After says when to try again.";

    // Of the same name everywhere; a list's own differ by address below.
    private static readonly Dictionary<string, string> Meanings = new(StringComparer.Ordinal)
    {
        ["id"] = "What the device's owner calls it; a slash as %2F.",
        ["unit"] = "A unit's number, several by repeating it, at most 200; all units unless given.",
        ["reason"] = $"Why people are looked at, in {LookReason.MinLength} to {LookReason.MaxLength} characters that they will read, or in the header "
            + $"{PersonalAccess.Header}, percent-encoded; without one they are left out, and {ReplayApi.ReplayEndpoints.PeopleLeftOutHeader} says how many.",
        ["user"] = "The user's id or name; a slash as %2F.",
        ["alarmId"] = "The alarm's id, as the list shows it.",
        ["states"] = "open, acknowledged, withdrawn; several with commas, all unless given.",
        ["tokenId"] = "The token's id, as the list shows it.",
        ["token"] = "The device's or the tenant's secret.",
        ["from"] = "ISO 8601; the first moment meant.",
        ["to"] = "ISO 8601; the first moment no longer meant.",
        ["format"] = "geojson (unless given), gpx or csv.",
        ["zoom"] = "0 … 22: leaves out what a map at this zoom would not show. A page may then be short and still have a next one.",
        ["includeMarked"] = "true: also the fixes that are thought implausible, each with its mark.",
        ["limit"] = "Entries of a page: 1 … 1000.",
        ["cursor"] = "Where an earlier page ended.",
        ["actor"] = "A user's name, or the kind of an actor.",
        ["kind"] = "The kind of an event.",
        ["box"] = "minLon,minLat,maxLon,maxLat in degrees; minLon greater than maxLon crosses the antimeridian.",
        ["lat"] = "Degrees, -90 … 90.",
        ["lon"] = "Degrees, -180 … 180.",
        ["search"] = "Part of a name or an id, in any case.",
        ["kinds"] = "vehicle, person, asset; several with commas.",
        ["availabilities"] = "unknown, available, busy, onBreak, offDuty, outOfService; several with commas.",
        ["motions"] = "unknown, moving, idle, stopped; several with commas.",
        ["nearLat"] = "With nearLon a place in degrees; each unit says how far from it it was last.",
        ["nearLon"] = "See nearLat.",
        ["sort"] = "name, heard, availability, motion or distance; not given, distance with a place and name without one. By distance, "
            + "units that were never seen are left out.",
        ["offset"] = "Entries to leave out at the beginning.",
        ["count"] = "1 … 100 devices, 10 unless given.",
        ["maxAgeSeconds"] = "Only devices whose last fix is not older; 1 … 31622400.",
        ["person"] = "Name or id of a user: looks at him alone.",
        ["by"] = "Name or id of a user, or a token's id: his looks alone.",
        ["after"] = "The token of the last page or event that was read; none asks for where to begin.",
        ["waitSeconds"] = "0 … 30: how long to wait for news where there is none; 0 unless given.",
    };

    private static readonly Dictionary<string, string> MeaningsAt = new(StringComparer.Ordinal)
    {
        ["/api/v1/devices/{id}/track limit"] = "1 … 10000 fixes a page, 1000 unless given. Not with gpx and csv.",
        ["/api/v1/units limit"] = "1 … 500 units, 100 unless given.",
        ["/api/v1/units/{id}/day from"] = "ISO 8601; the day's first moment where its reader is. A day before to unless given.",
        ["/api/v1/units/{id}/day to"] = "ISO 8601; the first moment of the next day, at most 48 hours after from. Now unless given.",
        ["/api/v1/units/{id}/day/marked limit"] = "1 … 1000 positions, 200 unless given.",
        ["/api/v1/devices limit"] = "1 … 1000 devices, 200 unless given.",
        ["/api/v1/positions limit"] = "1 … 1000 devices, 200 unless given.",
        ["/api/v1/events limit"] = "1 … 1000 events, 100 unless given.",
        ["/api/v1/alarms limit"] = "1 … 1000 alarms, 100 unless given.",
        ["/api/v1/users limit"] = "1 … 1000 users, 200 unless given.",
        ["/api/v1/tokens limit"] = "1 … 1000 tokens, 200 unless given.",
        ["/api/v1/people device"] = "What its owner calls it: this device alone.",
        ["/api/v1/people limit"] = "1 … 1000 people, 100 unless given.",
        ["/api/v1/people/looks limit"] = "1 … 1000 looks, 100 unless given.",
        ["/api/v1/audit limit"] = "1 … 1000 entries, 100 unless given.",
        ["/api/v1/devices/{id}/events limit"] = "1 … 1000 events, 100 unless given.",
        ["/api/v1/devices/{id}/quarantine limit"] = "1 … 1000 requests, 100 unless given.",
    };

    public static void Add(OpenApiOptions options)
    {
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().Any())
            {
                operation.Responses ??= [];
                operation.Responses.TryAdd("401", Refusal("Nobody is signed in.", context.Document));
                operation.Responses.TryAdd("403", Refusal("Not for this role.", context.Document));
                operation.Responses.TryAdd("429", Refusal(TooMany, context.Document));
                operation.Security = [Requirement(Session, context.Document), Requirement(Operator, context.Document), Requirement(Program, context.Document)];
            }
            else if (context.Description.ActionDescriptor.EndpointMetadata.OfType<FromDevices>().Any())
            {
                operation.Responses ??= [];
                operation.Responses.TryAdd("429", Refusal(TooMany, context.Document));
                if (!IsInAddress(context.Description.RelativePath))
                    operation.Security = [Requirement(Device, context.Document)];
            }
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<ReasonNeeded>().Any())
            {
                (operation.Parameters ??= []).Add(new OpenApiParameter
                {
                    Name = PersonalAccess.QueryParameter, In = ParameterLocation.Query, Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                    Description = $"Where the unit is a person: why you look, in {LookReason.MinLength} to {LookReason.MaxLength} characters that he will read. "
                        + $"Or in the header {PersonalAccess.Header}, percent-encoded.",
                });
            }
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
            {
                [Session] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Cookie, Name = "fieldcrm-PORT",
                    Description = "A person's session; the cookie is named after the port that the instance was given.",
                },
                [Operator] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http, Scheme = "bearer",
                    Description = "The instance's credential; ?tenant=NAME says for which tenant, default unless given.",
                },
                [Program] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http, Scheme = "bearer",
                    Description = "A token (fct_…) that an admin made for a program; users and tokens are not for programs to change.",
                },
                [Device] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "The device's token.",
                },
            };
            foreach (var (path, item) in document.Paths)
            {
                foreach (var parameter in (item.Operations?.Values.AsEnumerable() ?? [])
                    .SelectMany(o => o.Parameters?.AsEnumerable() ?? []).OfType<OpenApiParameter>())
                {
                    parameter.Description ??= MeaningsAt.GetValueOrDefault($"{path} {parameter.Name}")
                        ?? Meanings.GetValueOrDefault(parameter.Name ?? "");
                }
            }
            return Task.CompletedTask;
        });
    }

    private static bool IsInAddress(string? path) => path?.Contains("{token}", StringComparison.Ordinal) ?? false;

    private static OpenApiSecurityRequirement Requirement(string scheme, OpenApiDocument? document) =>
        new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] };

    private static OpenApiResponse Refusal(string description, OpenApiDocument? document) => new()
    {
        Description = description,
        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
        {
            ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference("ProblemDetails", document) },
        },
    };
}
