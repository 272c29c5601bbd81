using System.CommandLine;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.TenantsApi;

namespace FieldCrm.Hub.Cli;

/// <summary><c>user add NAME --role ROLE</c>, <c>user link NAME</c>, <c>user disable NAME</c>.</summary>
internal static class UserVerbs
{
    public static Command Create() => new("user", "People who may sign in.") { OperatorClient.Tenant, Add(), Link(), Disable() };

    private static Command Add()
    {
        var name = Name();
        var role = new Option<string>("--role")
        {
            Description = "What the user may do.", Required = true, HelpName = "ROLE",
        };
        role.AcceptOnlyFromAmong([.. UserRole.All]);
        var command = new Command("add", "Add a user and print a link that signs him in once.") { name, role };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            Print(parsed, await client.PostAsync(
                "users", new UserToAdd(parsed.GetRequiredValue(name), parsed.GetRequiredValue(role)),
                AdministrationJson.Default.UserToAdd, AdministrationJson.Default.LinkAnswer, cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Link()
    {
        var name = Name();
        var command = new Command("link", "Print a fresh link that signs the user in once.") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            Print(parsed, await client.PostAsync(
                "users/link", new UserToName(parsed.GetRequiredValue(name)), AdministrationJson.Default.UserToName,
                AdministrationJson.Default.LinkAnswer, cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Disable()
    {
        var name = Name();
        var command = new Command("disable", "The user may not sign in any more; open sessions end within 5 s.") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var user = new UserToName(parsed.GetRequiredValue(name));
            await client.PostAsync("users/disable", user, AdministrationJson.Default.UserToName, cancellationToken);
            if (parsed.WantsJson())
                Output.Json(user, AdministrationJson.Default.UserToName);
            else
                Console.WriteLine($"user {user.Name} disabled");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Argument<string> Name() => new("NAME") { Description = "Unique in the instance." };

    private static void Print(ParseResult parsed, LinkAnswer link)
    {
        if (parsed.WantsJson())
        {
            Output.Json(link, AdministrationJson.Default.LinkAnswer);
            return;
        }
        Console.WriteLine(link.Url);
        Console.Error.WriteLine($"signs {link.User} ({link.Role}) in once, until {Output.Time(link.ExpiresAt)}; it is not shown again");
    }
}
