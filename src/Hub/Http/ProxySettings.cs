using System.Net;
using FieldCrm.Hub.Supervision;
using Microsoft.AspNetCore.HttpOverrides;

namespace FieldCrm.Hub.Http;

/// <summary>
/// Proxies whose word on who asked, how and for which host is taken: section <c>Proxy</c> of DIR/settings.json or of the
/// environment (<c>Proxy__Known__0</c>). Without it <c>X-Forwarded-…</c> says nothing to us.
/// </summary>
internal sealed class ProxySettings
{
    public const string Section = "Proxy";

    private const int MaxLimit = 10;

    // What may stand before us has said so on the request, whether we take it or not.
    private static readonly string[] Marks =
        ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Original-For", "X-Original-Proto", "X-Original-Host", "Forwarded"];

    /// <summary>Addresses and networks (10.0.3.0/24) of the proxies.</summary>
    public string[] Known { get; set; } = [];

    /// <summary>Through how many of them a request comes at most; 1 unless said.</summary>
    public int Limit { get; set; } = 1;

    /// <summary>Hosts that X-Forwarded-Host may name; any when empty.</summary>
    public string[] Hosts { get; set; } = [];

    public bool IsConfigured => Known.Length > 0;

    /// <exception cref="StartRefusedException"><c>settings.proxy-invalid</c></exception>
    public static ProxySettings Read(IConfiguration configuration)
    {
        if (!configuration.GetSection(Section).Exists())
            return new ProxySettings();
        var settings = configuration.GetSection(Section).Get<ProxySettings>() ?? new ProxySettings();
        return settings.Problem() is { } problem
            ? throw new StartRefusedException("settings.proxy-invalid", $"settings.proxy-invalid: Settings, section {Section}: {problem}") : settings;
    }

    /// <summary>Whether somebody stands between the client and us, known or not: such a request is not from this machine.</summary>
    public static bool WasHandedOn(HttpRequest request) => Marks.Any(request.Headers.ContainsKey);

    public void Use(IApplicationBuilder app)
    {
        if (!IsConfigured)
            return;
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            ForwardLimit = Limit,
            AllowedHosts = [.. Hosts],
        };
        options.KnownProxies.Clear(); // loopback is there by default, and is known only when it is named
        options.KnownIPNetworks.Clear();
        foreach (var known in Known)
        {
            if (IPAddress.TryParse(known, out var address))
                options.KnownProxies.Add(address);
            else
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(known));
        }
        app.UseForwardedHeaders(options);
    }

    private string? Problem() => this switch
    {
        { Known.Length: 0 } => "Known is missing: the addresses or networks of your proxies.",
        _ when Known.FirstOrDefault(k => !IPAddress.TryParse(k, out _) && !System.Net.IPNetwork.TryParse(k, out _)) is { } odd =>
            $"{odd} in Known is neither an address nor a network such as 10.0.3.0/24.",
        _ when Known.FirstOrDefault(k => System.Net.IPNetwork.TryParse(k, out var network) && network.PrefixLength == 0) is { } all =>
            $"{all} in Known is everybody, who could then claim to be anybody.",
        { Limit: < 1 or > MaxLimit } => $"Limit is how many proxies a request comes through, 1 to {MaxLimit}.",
        _ => null,
    };
}
