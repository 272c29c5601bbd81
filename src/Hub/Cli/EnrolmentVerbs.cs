using System.CommandLine;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.TenantsApi;

namespace FieldCrm.Hub.Cli;

/// <summary><c>enrolment show|rotate</c>: the URL under which a tenant's new devices appear.</summary>
internal static class EnrolmentVerbs
{
    public static Command Create() => new("enrolment", "The URL under which new devices appear, to be admitted.")
    {
        OperatorClient.Tenant, Show(), Rotate(),
    };

    /// <summary>Makes the URL at the first time; afterwards only its hash is kept, so it cannot be shown again.</summary>
    private static Command Show()
    {
        var command = new Command("show", "Print the URL if none was made yet, else say that there is one.");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var known = await client.GetAsync("enrolment", AdministrationJson.Default.EnrolmentAnswer, cancellationToken);
            Print(parsed, known.IsIssued ? known : await RotateAsync(client, cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Rotate()
    {
        var command = new Command("rotate", "Print a new URL; the one before stops working.");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            Print(parsed, await RotateAsync(client, cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Task<EnrolmentAnswer> RotateAsync(OperatorClient client, CancellationToken cancellationToken) =>
        client.PostAsync(
            "enrolment/rotate", new UserToName(""), AdministrationJson.Default.UserToName,
            AdministrationJson.Default.EnrolmentAnswer, cancellationToken);

    private static void Print(ParseResult parsed, EnrolmentAnswer enrolment)
    {
        if (parsed.WantsJson())
            Output.Json(enrolment, AdministrationJson.Default.EnrolmentAnswer);
        else if (enrolment.Url is { } url)
        {
            Console.WriteLine(url);
            Console.Error.WriteLine("new devices report to this URL with an id of their own; it is not shown again");
        }
        else
        {
            Console.WriteLine("there is an enrolment URL; it was shown when it was made (enrolment rotate makes a new one)");
        }
    }
}
