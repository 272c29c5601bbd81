using System.CommandLine;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Pages;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.TenantsApi;

namespace FieldCrm.Hub.Cli;

/// <summary><c>user add|list|link|role|disable|enable|sign-out</c>.</summary>
internal static class UserVerbs
{
    private const string Users = "/api/v1/users";

    public static Command Create() => new("user", "People who may sign in.")
    {
        OperatorClient.Tenant, Add(), List(), Link(), Role(),
        Change("disable", "disabled", "The user may not sign in any more; open sessions end within 5 s."),
        Change("enable", "enabled", "The user may sign in again."),
        Change("sign-out", "signed out", "Every session of the user ends."),
    };

    private static Command Add()
    {
        var (name, role, qr) = (Name(), RoleOption(), Qr());
        var command = new Command("add", "Add a user and print a link that signs him in once.") { name, role, qr };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            Print(parsed, parsed.GetValue(qr), await client.PostAsync(
                Users, new UserToAdd(parsed.GetRequiredValue(name), parsed.GetRequiredValue(role)),
                AdministrationJson.Default.UserToAdd, AdministrationJson.Default.LinkAnswer, cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List the users.");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var users = new List<UserView>();
            for (string? cursor = ""; cursor is not null;)
            {
                var page = await client.GetAsync(
                    $"{Users}?limit=1000{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}", AdministrationJson.Default.UserPage, cancellationToken);
                users.AddRange(page.Users);
                cursor = page.NextCursor;
            }
            if (parsed.WantsJson())
                Output.Json(new UserPage(users, null), AdministrationJson.Default.UserPage);
            else
                Output.Table(["NAME", "ROLE", "SINCE", "STATE"], [.. users.Select(Row)], "no users");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Link()
    {
        var (name, qr) = (Name(), Qr());
        var command = new Command("link", "Print a fresh link that signs the user in once.") { name, qr };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            Print(parsed, parsed.GetValue(qr), await client.PostAsync(
                "users/link", new UserToName(parsed.GetRequiredValue(name)), AdministrationJson.Default.UserToName,
                AdministrationJson.Default.LinkAnswer, cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Role()
    {
        var name = Name();
        var role = new Argument<string>("ROLE") { Description = "What the user may do from now on." };
        role.AcceptOnlyFromAmong([.. UserRole.All]);
        var command = new Command("role", "Give the user another role; it holds at once.") { name, role };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var give = new RoleToGive(parsed.GetRequiredValue(role));
            await client.PostAsync(Of(parsed.GetRequiredValue(name), "role"), give, AdministrationJson.Default.RoleToGive, cancellationToken);
            Done(parsed, parsed.GetRequiredValue(name), $"is {give.Role} now");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Change(string verb, string done, string description)
    {
        var name = Name();
        var command = new Command(verb, description) { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            await client.PostAsync(Of(parsed.GetRequiredValue(name), verb), cancellationToken);
            Done(parsed, parsed.GetRequiredValue(name), done);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Done(ParseResult parsed, string name, string done)
    {
        if (parsed.WantsJson())
            Output.Json(new UserToName(name), AdministrationJson.Default.UserToName);
        else
            Console.WriteLine($"user {name} {done}");
    }

    private static string Of(string name, string change) => $"{Users}/{Uri.EscapeDataString(name)}/{change}";

    private static string[] Row(UserView user) =>
    [
        user.Name, user.Role, Output.Time(user.CreatedAt),
        user.IsDisabled ? "disabled" : user.IsExternal ? "by identity provider" : "",
    ];

    private static Argument<string> Name() => new("NAME") { Description = "Unique in the instance." };

    private static Option<string> RoleOption()
    {
        var role = new Option<string>("--role") { Description = "What the user may do.", Required = true, HelpName = "ROLE" };
        role.AcceptOnlyFromAmong([.. UserRole.All]);
        return role;
    }

    private static Option<bool> Qr() => new("--qr") { Description = "Draw the link as a QR code, also where no person looks on." };

    private static void Print(ParseResult parsed, bool qr, LinkAnswer link)
    {
        if (parsed.WantsJson())
        {
            Output.Json(link, AdministrationJson.Default.LinkAnswer);
            return;
        }
        Console.WriteLine(link.Url);
        if (qr || !Console.IsErrorRedirected)
        {
            foreach (var line in QrCode.Lines(link.Url))
                Console.Error.WriteLine(line);
        }
        Console.Error.WriteLine($"signs {link.User} ({link.Role}) in once, until {Output.Time(link.ExpiresAt)}; it is not shown again");
    }
}
