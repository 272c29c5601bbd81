using System.CommandLine;
using FieldCrm.Core.Devices;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Pages;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Cli;

/// <summary><c>device add|set|import|list|disable|enable|rotate|admit</c>.</summary>
internal static class DeviceVerbs
{
    public static Command Create() => new("device", "Devices that may report.")
    {
        OperatorClient.Tenant,
        Add(),
        Set(),
        DeviceImportVerb.Create(),
        List(),
        Change("disable", "disabled", "What the device sends is refused from now on."),
        Change("enable", "enabled", "The device may report again."),
        Rotate(),
        Admit(),
    };

    private static Command Add()
    {
        var (id, name, qr) = (Id(), Name(), Qr());
        var (kind, phone) = (Kind(), Phone());
        var command = new Command("add", "Register a device and print the URL it reports to.") { id, name, kind, phone, qr };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            Print(parsed, parsed.GetValue(qr), await client.PostAsync(
                "devices",
                new DeviceToAdd(parsed.GetRequiredValue(id), parsed.GetValue(name), Kind: parsed.GetValue(kind), Phone: parsed.GetValue(phone)),
                AdministrationJson.Default.DeviceToAdd, AdministrationJson.Default.DeviceCredentials, cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Set()
    {
        var id = Id();
        var name = new Option<string?>("--name") { Description = "For people.", HelpName = "NAME" };
        var (kind, phone) = (Kind(), Phone());
        var command = new Command("set", "Change a device's name, kind or phone; what is not given stays.") { id, name, kind, phone };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var set = new DeviceToSet(parsed.GetRequiredValue(id), parsed.GetValue(name), parsed.GetValue(kind), parsed.GetValue(phone));
            await client.PostAsync("devices/set", set, AdministrationJson.Default.DeviceToSet, cancellationToken);
            if (parsed.WantsJson())
                Output.Json(set, AdministrationJson.Default.DeviceToSet);
            else
                Console.WriteLine($"device {set.Id} set");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Rotate()
    {
        var (id, qr) = (Id(), Qr());
        var command = new Command("rotate", "Give the device a new URL; the one before stops working.") { id, qr };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            Print(parsed, parsed.GetValue(qr), await client.PostAsync(
                "devices/rotate", new DeviceToName(parsed.GetRequiredValue(id)), AdministrationJson.Default.DeviceToName,
                AdministrationJson.Default.DeviceCredentials, cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Admit()
    {
        var id = Id();
        var (name, kind) = (Name(), Kind());
        var command = new Command("admit", "Register a device that reported unregistered (see: unregistered list).") { id, name, kind };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var admit = new DeviceToAdmit(parsed.GetRequiredValue(id), parsed.GetValue(name), parsed.GetValue(kind));
            await client.PostAsync("devices/admit", admit, AdministrationJson.Default.DeviceToAdmit, cancellationToken);
            if (parsed.WantsJson())
                Output.Json(admit, AdministrationJson.Default.DeviceToAdmit);
            else
                Console.WriteLine($"device {admit.Id} admitted");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Change(string verb, string done, string description)
    {
        var id = Id();
        var command = new Command(verb, description) { id };
        command.SetAction((parsed, cancellationToken) =>
            ChangeAsync(parsed, verb, done, new DeviceToName(parsed.GetRequiredValue(id)), cancellationToken));
        return command;
    }

    private static async Task<int> ChangeAsync(
        ParseResult parsed, string verb, string done, DeviceToName device, CancellationToken cancellationToken)
    {
        using var client = OperatorClient.Open(parsed);
        await client.PostAsync($"devices/{verb}", device, AdministrationJson.Default.DeviceToName, cancellationToken);
        if (parsed.WantsJson())
            Output.Json(device, AdministrationJson.Default.DeviceToName);
        else
            Console.WriteLine($"device {device.Id} {done}");
        return ExitCode.Ok;
    }

    private static Command List()
    {
        var command = new Command("list", "List the devices.");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var devices = new List<DeviceAnswer>(); // a tenant has at most as many as its quota
            string? after = "";
            while (after is not null)
            {
                var page = await client.GetAsync(
                    $"devices?after={Uri.EscapeDataString(after)}", AdministrationJson.Default.DevicesAnswer, cancellationToken);
                devices.AddRange(page.Devices);
                after = page.Next;
            }
            if (parsed.WantsJson())
                Output.Json(new DevicesAnswer(devices, Next: null), AdministrationJson.Default.DevicesAnswer);
            else
                Output.Table(["ID", "NAME", "KIND", "PHONE", "STATE", "REPORTS BY", "SINCE"], [.. devices.Select(Row)], "no devices");
            return ExitCode.Ok;
        });
        return command;
    }

    private static string[] Row(DeviceAnswer device)
    {
        string?[] ways = [device.HasToken ? "URL" : null, device.AcceptsEnrolment ? "enrolment" : null, device.BareId is null ? null : "bare id"];
        return [
            device.Id, device.Name, device.Kind, device.Phone ?? "", device.IsDisabled ? "disabled" : "active",
            string.Join(", ", ways.OfType<string>()), Output.Time(device.CreatedAt)];
    }

    private static Argument<string> Id() => new("ID") { Description = "What the device is called in its tenant, 1 to 128 characters." };

    private static Option<string?> Name() => new("--name") { Description = "For people (default: the id).", HelpName = "NAME" };

    private static Option<bool> Qr() => new("--qr") { Description = "Draw the URL as a QR code, also where no person looks on." };

    private static Option<string?> Kind()
    {
        var kind = new Option<string?>("--kind") { Description = "What carries it: vehicle, person or asset.", HelpName = "KIND" };
        return kind.AcceptOnlyFromAmong([.. UnitKinds.Words]);
    }

    private static Option<string?> Phone() => new("--phone") { Description = "The phone of who is with it; '' takes it away.", HelpName = "NUMBER" };

    private static void Print(ParseResult parsed, bool qr, DeviceCredentials device)
    {
        if (parsed.WantsJson())
        {
            Output.Json(device, AdministrationJson.Default.DeviceCredentials);
            return;
        }
        Console.WriteLine(device.Url);
        if (qr || !Console.IsErrorRedirected)
        {
            foreach (var line in QrCode.Lines(device.Url))
                Console.Error.WriteLine(line);
        }
        Console.Error.WriteLine($"device {device.Id} reports to this URL; it is not shown again");
        if (device.AuthorityUrl is { } authority)
            Console.Error.WriteLine($"the phone must trust the local CA first: {authority} (QR code and fingerprint: ./fieldcrm ca show)");
        if (device.PlainUrl is { } plain)
            Console.Error.WriteLine($"a tracker that cannot: {plain} (plain HTTP, whoever is on the way can read it)");
    }
}
