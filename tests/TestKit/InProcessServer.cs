using System.Collections.Concurrent;
using System.Net.Http.Headers;
using FieldCrm.Hub;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FieldCrm.TestKit;

/// <summary>
/// The whole server in this process: real Kestrel on loopback, real silo, a database of its own. Its directory has what
/// the command line reads, so that verbs can be run against it (<see cref="RunAsync"/>).
/// </summary>
public sealed class InProcessServer : IAsyncDisposable
{
    private static readonly TimeSpan ReadyDeadline = TimeSpan.FromSeconds(60);

    private readonly HubProcess _verbs;
    private readonly CapturedLog _log = new();

    private InProcessServer(WebApplication app, string directory, Uri address, DatabaseAddresses database)
    {
        App = app;
        Address = address;
        Database = database;
        Directory = directory;
        _verbs = new HubProcess(directory);
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(_log);
        Visitor = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = address };
        Operator = new HttpClient { BaseAddress = address };
    }

    public WebApplication App { get; }

    public Uri Address { get; }

    public DatabaseAddresses Database { get; }

    public string Directory { get; }

    /// <summary>Without any credential; keeps cookies.</summary>
    public HttpClient Visitor { get; }

    /// <summary>With the operator's credential.</summary>
    public HttpClient Operator { get; }

    /// <summary>Every line that any category logged at the level that the server lets through.</summary>
    public IReadOnlyCollection<string> Log => _log.Lines;

    /// <summary>The plain port of trackers; null unless asked for.</summary>
    public int? TrackerPort => App.Services.GetRequiredService<Instance>().TrackerPort;

    /// <param name="existing">A database to serve; a new, empty one when null.</param>
    /// <param name="settings">What DIR/settings.json says; none when null.</param>
    /// <param name="demonstrates">As an instance that shows the demonstration fleet; none is started.</param>
    /// <param name="listen">The address for others, such as 127.0.0.5: all of 127/8 but 127.0.0.1 counts as elsewhere.</param>
    /// <param name="certificate">The operator's certificate and key as one PEM text; the local CA's when null.</param>
    public static async Task<InProcessServer> StartAsync(
        bool withTrackerPort = false, DatabaseAddresses? existing = null, string? settings = null, bool demonstrates = false,
        string? listen = null, string? certificate = null)
    {
        var database = existing ?? await (await PostgresFixture.SharedAsync()).CreateDatabaseAsync();
        var directory = TemporaryDirectory.Create("server");
        var paths = new InstancePaths(directory);
        var port = Ports.PickFree();
        var siloPort = Ports.PickFree(port);
        var instance = new Instance
        {
            Port = port, PostgresPort = 1, SiloPort = siloPort, Demo = demonstrates,
            TrackerPort = withTrackerPort ? Ports.PickFree(port, siloPort) : null,
            Listen = listen, CertificateFile = certificate is null ? null : paths.OperatorCertificate,
            KeyFile = certificate is null ? null : paths.OperatorCertificate,
        };
        instance.Write(paths, owner: null);
        if (certificate is not null)
        {
            PrivateFile.MakeDirectory(paths.Tls, owner: null);
            await File.WriteAllTextAsync(paths.OperatorCertificate, certificate);
        }
        if (settings is not null)
            await File.WriteAllTextAsync(paths.SettingsFile, settings);
        var app = ServerHost.Build(new ServerOptions { Paths = paths, Instance = instance, Database = database });
        var server = new InProcessServer(app, directory, new Uri(instance.Address), database);
        await app.StartAsync();
        await Eventually.TrueAsync(async () => (await server.Visitor.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode, ReadyDeadline);
        server.Operator.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(paths.OperatorCredential)).Trim());
        return server;
    }

    public T Get<T>()
        where T : notnull => App.Services.GetRequiredService<T>();

    /// <summary>Runs a verb of the real executable against this server.</summary>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => _verbs.RunAsync(arguments);

    public async ValueTask DisposeAsync()
    {
        Visitor.Dispose();
        Operator.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
        await _verbs.DisposeAsync();
        _log.Dispose();
    }

    private sealed class CapturedLog : ILoggerProvider, ILogger
    {
        // A test's server says little; what is beyond this is not looked at.
        private const int MaxLines = 100_000;

        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Lines.Count < MaxLines)
                Lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
        }

        public void Dispose()
        {
        }
    }
}
