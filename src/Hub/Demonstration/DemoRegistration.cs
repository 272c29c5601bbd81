using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using FieldCrm.Demo;
using FieldCrm.Hub.Cli;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Demonstration;

/// <summary>
/// The fleet's URLs: DIR/demo/fleet.json. A vehicle without one is registered; one that is registered and whose URL was lost
/// is given a new one. The vehicles drive on this machine, so they report to its loopback, whatever others call the instance.
/// </summary>
internal static class DemoRegistration
{
    public static async Task<IReadOnlyDictionary<string, Uri>> AddressesAsync(
        InstancePaths paths, ParseResult parsed, CancellationToken cancellationToken)
    {
        var file = Path.Combine(paths.Demo, "fleet.json");
        var urls = Read(file);
        using var client = OperatorClient.Open(parsed);
        // Known ones stay as they are, so this is repeated at every start: after a restore some may be missing again.
        var answer = await client.PostAsync(
            "devices/import", new DevicesToAdd([.. Vehicles.All.Select(v => new DeviceToAdd(v.Id, v.Name))]),
            AdministrationJson.Default.DevicesToAdd, AdministrationJson.Default.DevicesAdded, cancellationToken);
        foreach (var device in answer.Devices)
        {
            if (device.Url is { } url)
                urls[device.Id] = url;
            else if (device.Status == AddStatus.Known && !urls.ContainsKey(device.Id))
                urls[device.Id] = (await RotateAsync(client, device.Id, cancellationToken)).Url;
        }
        PrivateFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(urls, FleetJson.Default.DictionaryStringString), owner: null);
        var here = (Instance.Read(paths) ?? throw new InvalidOperationException("There is a server without an instance.")).Address;
        return urls.ToDictionary(u => u.Key, u => new Uri($"{here}/osmand/{new Uri(u.Value).Segments[^1]}"), StringComparer.Ordinal);
    }

    private static Task<DeviceCredentials> RotateAsync(OperatorClient client, string id, CancellationToken cancellationToken) =>
        client.PostAsync(
            "devices/rotate", new DeviceToName(id), AdministrationJson.Default.DeviceToName,
            AdministrationJson.Default.DeviceCredentials, cancellationToken);

    private static Dictionary<string, string> Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), FleetJson.Default.DictionaryStringString) ?? [];
        }
        catch (Exception missing) when (missing is IOException or JsonException)
        {
            return [];
        }
    }
}

[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class FleetJson : JsonSerializerContext;
