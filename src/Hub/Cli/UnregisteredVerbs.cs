using System.CommandLine;
using System.Globalization;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Cli;

/// <summary><c>unregistered list</c>: who reported and what it would take to admit it.</summary>
internal static class UnregisteredVerbs
{
    public static Command Create() => new("unregistered", "Devices that reported and are not registered.")
    {
        OperatorClient.Tenant, List(),
    };

    private static Command List()
    {
        var command = new Command("list", "List them; --tenant operator shows those without an enrolment URL.");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var list = await client.GetAsync("unregistered", AdministrationJson.Default.UnregisteredListAnswer, cancellationToken);
            if (parsed.WantsJson())
            {
                Output.Json(list, AdministrationJson.Default.UnregisteredListAnswer);
                return ExitCode.Ok;
            }
            Output.Table(
                ["ID", "PROTOCOL", "FIRST SEEN", "LAST SEEN", "REQUESTS", "TO ADMIT"],
                [.. list.Devices.Select(d => new[]
                {
                    d.Id, d.Protocol, Output.Time(d.FirstSeenAt), Output.Time(d.LastSeenAt),
                    d.Requests.ToString(CultureInfo.InvariantCulture), d.Admit,
                })],
                "no unregistered device reported");
            if (list.NotListed > 0)
                Console.Error.WriteLine($"the list is full: {list.NotListed} further sightings were not listed");
            return ExitCode.Ok;
        });
        return command;
    }
}
