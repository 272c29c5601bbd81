using System.Net;
using FieldCrm.Hub.Tls;

namespace FieldCrm.Hub.Supervision;

/// <summary>What the operator said on the command line of <c>run</c>.</summary>
internal sealed record RunOptions
{
    public string? DataDirectory { get; init; }

    /// <summary>Replaces the kept port, and is kept.</summary>
    public int? Port { get; init; }

    /// <summary>Also listen on this address, with HTTPS; null is loopback alone.</summary>
    public IPAddress? Listen { get; init; }

    /// <summary>The plain port of trackers; 0 is none, null is 5055 for the default instance when that is free.</summary>
    public int? TrackerPort { get; init; }

    /// <summary>The operator's certificate chain and key; both or none.</summary>
    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    public bool Demo { get; init; } = true;

    /// <summary>Take the database over from the data folder that it belongs to.</summary>
    public bool AdoptDatabase { get; init; }
}

/// <summary>Makes DIR ready for a start: the directory, its owner, the lock, space, ports and secrets.</summary>
internal static class InstanceSetup
{
    /// <summary>The default instance's port when it is free at the first start.</summary>
    public const int PreferredPort = 8080;

    /// <summary>OsmAnd's and Traccar Client's usual port; the default instance serves it when it is free.</summary>
    public const int TrackerPort = 5055;

    public static void MakeDirectory(InstancePaths paths, Account? account, Action<string> say)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(paths.Directory)!);
            PrivateFile.MakeDirectory(paths.Directory, account);
            PrivateFile.MakeDirectory(paths.Logs, account);
            File.SetUnixFileMode(paths.Directory, PrivateFile.DirectoryMode);
        }
        catch (UnauthorizedAccessException)
        {
            throw new StartRefusedException("data.not-writable",
                $"{paths.Directory} cannot be written: start as its owner, or choose another with --data DIR.");
        }
        account?.MakeReachable(paths.Directory, say);
        account?.MakeReachable(Path.Combine(AppContext.BaseDirectory, "x"), say);
        account?.MakeReachable(Environment.ProcessPath!, say);
    }

    /// <exception cref="StartRefusedException"><c>data.in-use</c></exception>
    public static InstanceLock TakeLock(InstancePaths paths, Account? account) =>
        InstanceLock.TryTake(paths.Lock, account) ?? throw new StartRefusedException("data.in-use",
            $"{paths.Directory} is in use by a running instance (process {InstanceLock.Holder(paths.Lock)}): " +
            "stop that one, or choose another directory with --data DIR.");

    /// <summary>Reads or makes instance.json, applies the options and checks that the ports can be had.</summary>
    public static Instance Configure(InstancePaths paths, RunOptions options, Account? account, Action<string> say)
    {
        var kept = Instance.Read(paths);
        var port = options.Port ?? kept?.Port ?? PickPort(paths, say);
        RequireFree(port, options.Listen);
        var postgres = kept?.PostgresPort ?? Ports.PickFree(port);
        var instance = new Instance
        {
            Id = kept is { Id: var id } && id != Guid.Empty ? id : Guid.NewGuid(),
            Port = port,
            PostgresPort = postgres,
            // Nobody outside knows it, so a taken one is simply exchanged.
            SiloPort = kept is { SiloPort: var silo } && silo != port && Ports.IsFree(IPAddress.Loopback, silo) ? silo : Ports.PickFree(port, postgres),
            Listen = options.Listen is { } listen && !TlsListening.IsLoopback(listen) ? listen.ToString() : null,
            TrackerPort = PickTrackerPort(paths, options, port),
            CertificateFile = options.CertificateFile is { } certificate ? Path.GetFullPath(certificate) : null,
            KeyFile = options.KeyFile is { } key ? Path.GetFullPath(key) : null,
            Demo = options.Demo,
            OutsideDatabase = ExternalDatabase.FromEnvironment() is not null || kept is { OutsideDatabase: true },
        };
        if (paths.IsDefault && instance.TrackerPort is null && options.TrackerPort is null)
            say($"port {TrackerPort} is taken: trackers use port {port} instead");
        if (instance != kept)
            instance.Write(paths, account);
        return instance;
    }

    /// <summary>What processes that were killed left behind there, their diagnostics sockets for one.</summary>
    public static void EmptyTemporary(InstancePaths paths, Account? account)
    {
        PrivateFile.MakeDirectory(paths.Temporary, account);
        using var identity = FileIdentity.Of(account);
        foreach (var entry in new DirectoryInfo(paths.Temporary).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } directory)
                directory.Delete(recursive: true);
            else
                entry.Delete();
        }
    }

    private static int PickPort(InstancePaths paths, Action<string> say)
    {
        if (!paths.IsDefault)
            return Ports.PickFree();
        if (IsFree(PreferredPort, null))
            return PreferredPort;
        var other = Ports.PickFree();
        say($"port {PreferredPort} is taken: this instance uses {other} from now on (--port chooses another)");
        return other;
    }

    private static int? PickTrackerPort(InstancePaths paths, RunOptions options, int port)
    {
        if (options.TrackerPort is not { } chosen)
            return paths.IsDefault && port != TrackerPort && IsFree(TrackerPort, options.Listen) ? TrackerPort : null;
        if (chosen == 0)
            return null;
        if (chosen == port)
            throw new StartRefusedException("port.taken", $"Port {port} is the instance's own: choose another for trackers with --tracker-port N.");
        RequireFree(chosen, options.Listen, "--tracker-port");
        return chosen;
    }

    private static void RequireFree(int port, IPAddress? listen, string option = "--port")
    {
        if (!IsFree(port, listen))
        {
            throw new StartRefusedException("port.taken",
                $"Port {port} is taken by another program: stop it (ss -ltnp shows it), or choose another with {option} N.");
        }
    }

    private static bool IsFree(int port, IPAddress? listen) =>
        Ports.IsFree(IPAddress.Loopback, port) && (listen is null || Ports.IsFree(listen, port));
}
