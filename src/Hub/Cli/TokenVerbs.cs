using System.CommandLine;
using System.Globalization;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.TenantsApi;

namespace FieldCrm.Hub.Cli;

/// <summary><c>token revoke --json</c>.</summary>
internal sealed record RevokedToken(Guid Id);

/// <summary><c>token add NAME --role ROLE</c>, <c>token list</c>, <c>token revoke ID</c>.</summary>
internal static class TokenVerbs
{
    public static Command Create() => new("token", "Bearer tokens for programs.") { OperatorClient.Tenant, Add(), List(), Revoke() };

    private static Command Add()
    {
        var name = new Argument<string>("NAME") { Description = "What the program is called, for people." };
        var role = new Option<string>("--role") { Description = "What the program may do.", Required = true, HelpName = "ROLE" };
        role.AcceptOnlyFromAmong([.. UserRole.All]);
        var days = new Option<int?>("--days") { Description = "Until it ends (default 90, at most 366).", HelpName = "N" };
        var command = new Command("add", "Make a token and print it, this once.") { name, role, days };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var made = await client.PostAsync(
                "/api/v1/tokens", new TokenToAdd(parsed.GetRequiredValue(name), parsed.GetRequiredValue(role), parsed.GetValue(days)),
                AdministrationJson.Default.TokenToAdd, AdministrationJson.Default.TokenMade, cancellationToken);
            if (parsed.WantsJson())
            {
                Output.Json(made, AdministrationJson.Default.TokenMade);
                return ExitCode.Ok;
            }
            Console.WriteLine(made.Token);
            Console.Error.WriteLine($"{made.Name} ({made.Role}), until {Output.Time(made.ExpiresAt)}; revoke it with: token revoke {made.Id}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List the tokens; never the tokens themselves.");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var page = await client.GetAsync("/api/v1/tokens?limit=1000", AdministrationJson.Default.TokenPage, cancellationToken);
            if (parsed.WantsJson())
                Output.Json(page, AdministrationJson.Default.TokenPage);
            else
                Output.Table(["ID", "NAME", "ROLE", "ENDS", "LAST USED", "STATE"], [.. page.Tokens.Select(Row)], "no tokens");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Revoke()
    {
        var id = new Argument<Guid>("ID") { Description = "As token list shows it." };
        var command = new Command("revoke", "The token stops working within 5 s.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var token = parsed.GetRequiredValue(id);
            await client.PostAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/tokens/{token}/revoke"), cancellationToken);
            if (parsed.WantsJson())
                Output.Json(new RevokedToken(token), AdministrationJson.Default.RevokedToken);
            else
                Console.WriteLine($"token {token} revoked");
            return ExitCode.Ok;
        });
        return command;
    }

    private static string[] Row(TokenView token) =>
    [
        token.Id.ToString(), token.Name, token.Role, Output.Time(token.ExpiresAt), token.LastUsedAt is { } used ? Output.Time(used) : "never",
        token.RevokedAt is null ? "" : "revoked",
    ];
}
