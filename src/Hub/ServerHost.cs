using System.Net;
using FieldCrm.Hub.AlarmsApi;
using FieldCrm.Hub.AuditApi;
using FieldCrm.Hub.Demonstration;
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
using FieldCrm.Hub.People;
using FieldCrm.Hub.PositionsApi;
using FieldCrm.Hub.ReplayApi;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.Tls;
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
        builder.Configuration["ForwardedHeaders_Enabled"] = "false"; // the framework's own switch would believe everybody
        var proxy = ProxySettings.Read(builder.Configuration);
        builder.Logging.AddServerLog();

        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(options.Paths);
        builder.Services.AddSingleton(options.Instance);
        builder.Services.AddSingleton(proxy);
        builder.Services.AddSingleton<ServedCertificate>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ServedCertificate>());
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
        builder.Services.AddPeople();
        builder.Services.AddIngest();
        builder.Services.AddTracksApi();
        builder.Services.AddReplayApi();
        builder.Services.AddUnitsApi();
        builder.Services.AddEventsApi();
        builder.Services.AddAlarmsApi();
        builder.Services.AddAuditApi();
        builder.Services.AddLive();
        builder.Services.AddApiDescription();
        builder.Services.AddPages();
        builder.Services.AddConsole(builder.Configuration);
        builder.Services.AddSingleton<SenderCounts>();

        var app = builder.Build();
        app.Services.GetRequiredService<ServedCertificate>().Look(); // before the first connection, and what it refuses refuses the start
        app.UseSafety();
        app.UseTlsRequired();
        proxy.Use(app);
        app.UseTrackerPort(options.Instance.TrackerPort);
        app.UseDeviceReports();
        app.UseFieldCrmIdentity();
        ConnectionOwners.Use(app);
        app.UseNotFoundPage();
        app.MapHealth();
        app.MapAuthority();
        app.MapSignIn();
        app.MapAccount();
        app.MapProvider();
        app.MapAdministration();
        app.MapIngest();
        app.MapTracksApi();
        app.MapReplayApi();
        app.MapPositionsApi();
        app.MapUnitsApi();
        app.MapAvailabilityApi();
        app.MapUnitDayApi();
        app.MapEventsApi();
        app.MapAlarmsApi();
        app.MapAuditApi();
        app.MapPeopleApi();
        app.MapLive();
        app.MapApiDescription();
        app.MapPages();
        app.MapOwnPages();
        app.MapConsole();
        app.MapShowMe();
        return app;
    }

    /// <summary>As the server reads them, for a command beside it.</summary>
    public static IConfiguration Settings(InstancePaths paths)
    {
        var configuration = new ConfigurationManager();
        ReadSettings(configuration, paths.SettingsFile);
        return configuration;
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

        var extra = instance.Listen is { } listen ? IPAddress.Parse(listen) : null;
        // "All addresses" includes loopback.
        var loopback = extra is null || !(extra.Equals(IPAddress.Any) || extra.Equals(IPAddress.IPv6Any));
        if (loopback)
            kestrel.Listen(IPAddress.Loopback, instance.Port);
        if (extra is not null)
            kestrel.Listen(extra, instance.Port, TlsListening.UseTlsBeyondLoopback);
        if (instance.TrackerPort is not { } tracker)
            return;
        if (loopback)
            kestrel.Listen(IPAddress.Loopback, tracker);
        if (extra is not null)
            kestrel.Listen(extra, tracker);
    }
}
