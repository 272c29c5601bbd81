using FieldCrm.Core.Devices;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Fleet;

namespace FieldCrm.Dispatch.ShowMe;

/// <summary>What a phone is told, from a new device's credentials.</summary>
/// <param name="ServerUrl">For Traccar Client's field <i>Server URL</i>.</param>
/// <param name="QrText">For its scanner: the same, how often to report, and to begin (its ConfigurationService reads it so).</param>
/// <param name="AuthorityUrl">To be opened on the phone first, so that it trusts the server; null where it need not.</param>
/// <param name="IsPlain">Sent readable for the network.</param>
public sealed record PhoneCode(string ServerUrl, string QrText, string? AuthorityUrl, bool IsPlain)
{
    private const string Settings = "interval=10&service=true";

    /// <summary>By plain HTTP where that is open to trackers: a newcomer's phone knows no authority of ours.</summary>
    public static PhoneCode Of(DeviceCredentials credentials)
    {
        var isPlain = credentials.PlainUrl is not null;
        var server = (credentials.PlainUrl ?? credentials.Url).TrimEnd('?');
        return new PhoneCode(server, $"{server}?{Settings}", isPlain ? null : credentials.AuthorityUrl, server.StartsWith("http:", StringComparison.Ordinal));
    }

    /// <summary>A vehicle, and the card says so: a person would have to be named, to agree and to begin a shift before his dot is there.</summary>
    public static DeviceToAdd Device(string id, string name) => new(id, name, Codes.Kinds[(int)UnitKind.Vehicle]);

    /// <summary>Not taken by another try, and short enough to be read out.</summary>
    public static string NewId() => $"phone-{Guid.NewGuid():N}"[..11];
}
