using System.Globalization;
using System.Text.RegularExpressions;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Shell;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Administration;

/// <summary>
/// A tenant's settings while they are written. The server alone judges them: its refusal's code, and the member that its text begins
/// with, say which field is meant.
/// </summary>
public sealed partial class SettingsForm
{
    public const string OutOfRange = "tenant.settings-out-of-range";
    public const string TooShort = "tenant.retention-too-short";

    private string? _field;
    private string? _error;

    public int RetentionDays { get; set; }

    public int PersonRetentionDays { get; set; }

    public int SilenceAfterSeconds { get; set; }

    public int RefoldWindowDays { get; set; }

    public int MaxDevices { get; set; }

    public int MaxUsers { get; set; }

    public int MaxUnregistered { get; set; }

    /// <summary>What concerns no single field; null when there is nothing of it.</summary>
    public string? General => _field is null ? _error : null;

    public TenantChoices Choices => new(RetentionDays, SilenceAfterSeconds, RefoldWindowDays, PersonRetentionDays);

    public TenantSettings Settings => new(RetentionDays, SilenceAfterSeconds, RefoldWindowDays, MaxDevices, MaxUsers, MaxUnregistered, PersonRetentionDays);

    public static SettingsForm Of(TenantChoices choices) => new()
    {
        RetentionDays = choices.RetentionDays, SilenceAfterSeconds = choices.SilenceAfterSeconds, RefoldWindowDays = choices.RefoldWindowDays,
        PersonRetentionDays = choices.PersonRetentionDays,
    };

    public static SettingsForm Of(TenantSettings settings) => new()
    {
        RetentionDays = settings.RetentionDays, SilenceAfterSeconds = settings.SilenceAfterSeconds, RefoldWindowDays = settings.RefoldWindowDays,
        MaxDevices = settings.MaxDevices, MaxUsers = settings.MaxUsers, MaxUnregistered = settings.MaxUnregistered,
        PersonRetentionDays = settings.PersonRetentionDays,
    };

    /// <param name="field">As the API spells it: retentionDays.</param>
    public string? ErrorOf(string field) => field == _field ? _error : null;

    /// <summary>True when it was saved; else what was refused stands at its field.</summary>
    public bool Take<T>(Answer<T> answer, Desk desk)
        where T : class
    {
        (_field, _error) = answer.Value is not null ? (null, null) : answer.Code switch
        {
            TooShort => ("retentionDays", desk.Reason(answer)),
            OutOfRange when Range().Match(answer.Message ?? "") is { Success: true } range => (
                range.Groups["field"].Value,
                Formats.Fill(desk.Words.Admin.OutOfRange, Count(range, "from", desk), Count(range, "to", desk))),
            _ => ((string?)null, (string?)desk.Reason(answer)),
        };
        return answer.Value is not null;
    }

    private static string Count(Match range, string name, Desk desk) =>
        desk.Formats.Number(long.Parse(range.Groups[name].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex("^(?<field>[a-zA-Z]+) must be (?<from>[0-9]{1,9}) to (?<to>[0-9]{1,9})[.]$")]
    private static partial Regex Range();
}
