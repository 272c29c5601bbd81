using System.CommandLine;
using System.Globalization;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.People;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Cli;

/// <summary><c>people list|hold|looks</c>: who carries a person's device, and who looked at whom.</summary>
internal static class PeopleVerbs
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 1_000;

    public static Command Create() => new("people", "People's own devices, and who looked at their details.")
    {
        OperatorClient.Tenant, List(), Hold(), Looks(),
    };

    private static Command List()
    {
        var command = new Command("list", "List people's devices: who carries them, who agreed, who is on shift.");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var people = new List<PersonView>();
            string? cursor = null;
            do
            {
                var page = await client.GetAsync(
                    $"/api/v1/people?limit={MaxLimit}{Parameter("cursor", cursor)}", AdministrationJson.Default.PeoplePage, cancellationToken);
                people.AddRange(page.People);
                cursor = page.NextCursor;
            }
            while (cursor is not null);
            if (parsed.WantsJson())
                Output.Json(new PeoplePage(people, null), AdministrationJson.Default.PeoplePage);
            else
                Output.Table(["DEVICE", "NAME", "CARRIED BY", "AGREED", "ON SHIFT SINCE"], [.. people.Select(Row)], "no devices of people");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Hold()
    {
        var id = new Argument<string>("ID") { Description = "The device, of the kind person." };
        var user = new Argument<string?>("USER") { Description = "Who carries it: a user's name. Left out: nobody.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("hold", "Say who carries a person's device. It reports nothing until he has agreed and is on shift.") { id, user };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var hold = new DeviceToHold(parsed.GetRequiredValue(id), parsed.GetValue(user));
            await client.PostAsync("devices/hold", hold, AdministrationJson.Default.DeviceToHold, cancellationToken);
            if (parsed.WantsJson())
                Output.Json(hold, AdministrationJson.Default.DeviceToHold);
            else
                Console.WriteLine(hold.User is { } who ? $"device {hold.Id} is carried by {who}" : $"device {hold.Id} is carried by nobody");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Looks()
    {
        var person = new Option<string?>("--person") { Description = "Looks at this user alone.", HelpName = "USER" };
        var by = new Option<string?>("--by") { Description = "Looks of this user, or of the token of this id.", HelpName = "WHO" };
        var limit = new Option<int>("--limit")
        {
            Description = $"How many (default {DefaultLimit}).", HelpName = "N", DefaultValueFactory = _ => DefaultLimit,
        };
        limit.Validators.Add(result =>
        {
            if (result.GetValue(limit) is < 1 or > MaxLimit)
                result.AddError($"--limit is 1 … {MaxLimit}.");
        });
        var command = new Command("looks", "List who opened whose detail and why, newest first.") { person, by, limit };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var path = string.Create(CultureInfo.InvariantCulture, $"/api/v1/people/looks?limit={parsed.GetValue(limit)}")
                + Parameter("person", parsed.GetValue(person)) + Parameter("by", parsed.GetValue(by));
            var page = await client.GetAsync(path, AdministrationJson.Default.LookPage, cancellationToken);
            if (parsed.WantsJson())
                Output.Json(page, AdministrationJson.Default.LookPage);
            else
                Output.Table(["TIME", "WHO", "LOOKED AT", "WHAT", "WHY"], [.. page.Looks.Select(Row)], "nobody looked");
            return ExitCode.Ok;
        });
        return command;
    }

    private static string[] Row(PersonView person) =>
    [
        person.Device, person.Name, person.Holder ?? "-", person.ConsentFrom is { } agreed ? Output.Time(agreed) : "-",
        person.OnShiftSince is { } since ? Output.Time(since) : "-",
    ];

    private static string[] Row(LookEntry look) =>
    [
        Output.Time(look.At), look.By.Name ?? (look.By.Id is { } id ? $"{look.By.Kind} {id}" : look.By.Kind),
        look.Person ?? look.Device ?? "", look.What, look.Reason,
    ];

    private static string Parameter(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";
}
