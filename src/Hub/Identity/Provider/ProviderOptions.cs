using System.Net;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Identity.Provider;

/// <summary>
/// The identity provider (OpenID Connect) of one tenant: section <c>Oidc</c> of DIR/settings.json or of the environment
/// (<c>Oidc__Authority</c> and so on). docs/OPERATING.md explains each.
/// </summary>
internal sealed class ProviderOptions
{
    public const string Section = "Oidc";

    /// <summary>The provider's address; HTTPS unless it is on this machine.</summary>
    public string Authority { get; set; } = "";

    public string ClientId { get; set; } = "";

    /// <summary>A file that holds the client's secret and nothing else; none for a public client.</summary>
    public string? ClientSecretFile { get; set; }

    /// <summary>On the button; default "your organisation".</summary>
    public string Name { get; set; } = "your organisation";

    /// <summary>The tenant whose people it has; default <c>default</c>.</summary>
    public string Tenant { get; set; } = RequestTenant.DefaultName;

    /// <summary>The claim that names a person's groups; default <c>groups</c>.</summary>
    public string GroupsClaim { get; set; } = "groups";

    /// <summary>Asked for besides openid and profile, separated by spaces.</summary>
    public string Scopes { get; set; } = "";

    /// <summary>Group → role. Of several, the role that stands first in the table of SECURITY.md.</summary>
    public Dictionary<string, string> Roles { get; set; } = new(StringComparer.Ordinal);

    public bool IsOnThisMachine => Uri.TryCreate(Authority, UriKind.Absolute, out var address) && address.IsLoopback;

    /// <summary>Null: this instance has none.</summary>
    /// <exception cref="StartRefusedException"><c>settings.oidc-invalid</c></exception>
    public static ProviderOptions? Read(IConfiguration configuration)
    {
        if (!configuration.GetSection(Section).Exists())
            return null;
        var options = configuration.GetSection(Section).Get<ProviderOptions>() ?? new ProviderOptions();
        return options.Problem() is { } problem
            ? throw new StartRefusedException("settings.oidc-invalid", $"Settings, section {Section}: {problem}") : options;
    }

    /// <summary>The role of somebody in these groups; null when none of them gives one.</summary>
    public string? RoleOf(IEnumerable<string> groups)
    {
        var roles = groups.Select(g => Roles.GetValueOrDefault(g)).ToHashSet();
        return UserRole.All.FirstOrDefault(roles.Contains);
    }

    private string? Problem() => this switch
    {
        _ when !Uri.TryCreate(Authority, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps && !IsOnThisMachine =>
            "Authority is the provider's address, https://…",
        { ClientId.Length: 0 } => "ClientId is missing.",
        { Roles.Count: 0 } => "Roles is missing: it says which group gives which role.",
        _ when Roles.Values.FirstOrDefault(r => !UserRole.All.Contains(r)) is { } unknown =>
            $"{WebUtility.HtmlEncode(unknown)} is no role; a role is one of: {string.Join(", ", UserRole.All)}.",
        { ClientSecretFile: { } file } when !File.Exists(file) => $"ClientSecretFile {file} is not there.",
        _ => null,
    };
}

/// <summary>What pages must know: the provider's name, null where this instance has none.</summary>
internal sealed record ProviderButton(string? Name);
