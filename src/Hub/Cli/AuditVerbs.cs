using System.CommandLine;
using System.Globalization;
using FieldCrm.Hub.AuditApi;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Cli;

/// <summary><c>audit list</c>: who changed what, newest first.</summary>
internal static class AuditVerbs
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 1_000;

    public static Command Create() => new("audit", "Who changed what in a tenant.") { OperatorClient.Tenant, List() };

    private static Command List()
    {
        var actor = new Option<string?>("--actor")
        {
            Description = "A user's name or id, a token's id, or operator, system, unknown.", HelpName = "WHO",
        };
        var kind = new Option<string?>("--kind") { Description = "What happened, such as UserAdded.", HelpName = "KIND" };
        var from = new Option<TrackTime?>("--from") { Description = "From this day or moment on.", HelpName = "TIME", CustomParser = TrackTime.Parse };
        var to = new Option<TrackTime?>("--to") { Description = "Up to this day or moment.", HelpName = "TIME", CustomParser = TrackTime.Parse };
        var limit = new Option<int>("--limit")
        {
            Description = $"How many (default {DefaultLimit}).", HelpName = "N", DefaultValueFactory = _ => DefaultLimit,
        };
        limit.Validators.Add(result =>
        {
            if (result.GetValue(limit) is < 1 or > MaxLimit)
                result.AddError($"--limit is 1 … {MaxLimit}.");
        });
        var command = new Command("list", "List what happened, newest first.") { actor, kind, from, to, limit };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var path = string.Create(CultureInfo.InvariantCulture, $"/api/v1/audit?limit={parsed.GetValue(limit)}")
                + Parameter("actor", parsed.GetValue(actor)) + Parameter("kind", parsed.GetValue(kind))
                + Parameter("from", parsed.GetValue(from)?.First.ToString("O", CultureInfo.InvariantCulture))
                + Parameter("to", parsed.GetValue(to)?.Behind.ToString("O", CultureInfo.InvariantCulture));
            var page = await client.GetAsync(path, AdministrationJson.Default.AuditPage, cancellationToken);
            if (parsed.WantsJson())
                Output.Json(page, AdministrationJson.Default.AuditPage);
            else
                Output.Table(["TIME", "WHO", "WHAT", "ABOUT"], [.. page.Entries.Select(Row)], "nothing happened");
            return ExitCode.Ok;
        });
        return command;
    }

    private static string[] Row(AuditEntry entry) =>
    [
        Output.Time(entry.At), entry.By.Name ?? (entry.By.Id is { } id ? $"{entry.By.Kind} {id}" : entry.By.Kind), entry.Kind,
        entry.User ?? entry.Device ?? "",
    ];

    private static string Parameter(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";
}
