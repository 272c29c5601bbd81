using System.Diagnostics;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub;

/// <summary>
/// How the server ends: what was accepted is finished and answered, within a bound; and the exit code says why.
/// </summary>
internal sealed class Drain(IHostApplicationLifetime lifetime)
{
    /// <summary>Below the supervisor's patience, so that it is we who end, in order.</summary>
    public static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan HardDeadline = TimeSpan.FromSeconds(18);

    private Timer? _hardDeadline;

    public int ExitCode { get; private set; }

    /// <summary>
    /// Drains and ends; the supervisor starts the server again when DIR/maintenance is gone. Make the file first.
    /// </summary>
    public void ForMaintenance()
    {
        ExitCode = Supervision.ExitCode.Maintenance;
        lifetime.StopApplication();
    }

    /// <summary>A drain that hangs ends as a kill would; nothing acknowledged is lost by it.</summary>
    public void BoundOnceStopping() => lifetime.ApplicationStopping.Register(() =>
        _hardDeadline = new Timer(_ => Process.GetCurrentProcess().Kill(), null, HardDeadline, Timeout.InfiniteTimeSpan));

    /// <summary>Standard input is a pipe held by the supervisor alone: when it ends, the supervisor is gone.</summary>
    public void WhenStandardInputEnds()
    {
        new Thread(ReadToEnd) { IsBackground = true, Name = "supervisor watch" }.Start();

        void ReadToEnd()
        {
            using var input = Console.OpenStandardInput();
            Span<byte> ignored = stackalloc byte[16];
            while (input.Read(ignored) > 0)
            {
            }
            lifetime.StopApplication();
        }
    }
}

internal static class DrainSetup
{
    public static void AddDrain(this IServiceCollection services)
    {
        services.AddSingleton<Drain>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = Drain.ShutdownTimeout);
    }

    /// <summary>One line an entry, UTC, to standard output; the supervisor keeps it in DIR/log/server.log.</summary>
    public static void AddServerLog(this ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.ColorBehavior = Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled;
        });
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        logging.AddFilter("Orleans", LogLevel.Warning);
        logging.AddFilter("System.Net.Http", LogLevel.Warning);
        logging.AddFilter("Polly", LogLevel.Warning);
        logging.AddFilter("FieldCrm.Hub.Identity.OperatorAuthentication", LogLevel.Warning); // an answer of 401 is no news
    }
}
