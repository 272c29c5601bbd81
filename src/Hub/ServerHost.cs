using System.Net;
using FieldCrm.Hub.AuditApi;
using FieldCrm.Hub.Dispatch;
using FieldCrm.Hub.EventsApi;
using FieldCrm.Hub.Health;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Identity.Accounts;
using FieldCrm.Hub.Identity.Provider;
using FieldCrm.Hub.Ingest;
using FieldCrm.Hub.Live;
using FieldCrm.Hub.OpenApi;
using FieldCrm.Hub.Pages;
using FieldCrm.Hub.PositionsApi;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.TracksApi;
using FieldCrm.Hub.UnitsApi;
using FieldCrm.Silo;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FieldCrm.Hub;

/// <summary>The server, read as a list: what it is made of (Add) and what it answers (Map).</summary>
internal static class ServerHost
{
    public static WebApplication Build(ServerOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options.Instance));
        ReadSettings(builder.Configuration, options.Paths.SettingsFile);
        builder.Logging.AddServerLog();

        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(options.Paths);
        builder.Services.AddSingleton(options.Instance);
        builder.Services.AddFieldCrmSilo(options.Database);
        builder.Services.AddFieldCrmWorkers();
        builder.UseOrleans(silo => silo.UseSingleSilo(options.Instance.SiloPort));
        builder.Services.AddDrain();
        builder.Services.AddHealth();
        builder.Services.AddFieldCrmIdentity(new IdentityOptions
        {
            OperatorKeyFile = options.Paths.OperatorCredential,
            SessionCookieName = $"fieldcrm-{options.Instance.Port}",
        }, builder.Configuration);
        builder.Services.AddAdministration();
        builder.Services.AddIngest();
        builder.Services.AddTracksApi();
        builder.Services.AddUnitsApi();
        builder.Services.AddEventsApi();
        builder.Services.AddAuditApi();
        builder.Services.AddLive();
        builder.Services.AddApiDescription();
        builder.Services.AddPages();
        builder.Services.AddConsole(builder.Configuration);

        var app = builder.Build();
        app.UseSafety();
        app.UseTrackerPort(options.Instance.TrackerPort);
        app.UseFieldCrmIdentity();
        app.UseNotFoundPage();
        app.MapHealth();
        app.MapSignIn();
        app.MapAccount();
        app.MapProvider();
        app.MapAdministration();
        app.MapIngest();
        app.MapTracksApi();
        app.MapPositionsApi();
        app.MapUnitsApi();
        app.MapEventsApi();
        app.MapAuditApi();
        app.MapLive();
        app.MapApiDescription();
        app.MapPages();
        app.MapConsole();
        return app;
    }

    /// <summary>DIR/settings.json, where there is one; the environment wins.</summary>
    private static void ReadSettings(ConfigurationManager configuration, string file)
    {
        try
        {
            configuration.AddJsonFile(file, optional: true, reloadOnChange: false).AddEnvironmentVariables();
        }
        catch (InvalidDataException damaged)
        {
            throw new StartRefusedException(
                "settings.unreadable", $"{file} is damaged ({damaged.InnerException?.Message ?? damaged.Message}): mend it, or take it away.");
        }
    }

    private static void Listen(KestrelServerOptions kestrel, Instance instance)
    {
        kestrel.AddServerHeader = false;
        // Every tracker of a full instance with a connection of its own, and room for people.
        kestrel.Limits.MaxConcurrentConnections = 20_000;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 5_000;
        // An endpoint that takes more (imports) says so itself.
        kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.MaxRequestLineSize = 8 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        // Trackers on bad radio are slow, not malicious; slower than this holds a connection for nothing.
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 50, gracePeriod: TimeSpan.FromSeconds(10));

        int[] ports = instance.TrackerPort is { } tracker ? [instance.Port, tracker] : [instance.Port];
        foreach (var port in ports)
        {
            var extra = instance.Listen is { } listen ? IPAddress.Parse(listen) : null;
            // "All addresses" includes loopback.
            if (extra is null || !(extra.Equals(IPAddress.Any) || extra.Equals(IPAddress.IPv6Any)))
                kestrel.Listen(IPAddress.Loopback, port);
            if (extra is not null)
                kestrel.Listen(extra, port);
        }
    }
}
