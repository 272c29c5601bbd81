namespace FieldCrm.Hub.Supervision;

/// <summary>Where things lie in an instance's directory DIR; docs/STORE.md lists the same.</summary>
internal sealed class InstancePaths
{
    /// <summary>Names the folder with the program's scripts; they set it.</summary>
    public const string HomeVariable = "FIELDCRM_HOME";

    public InstancePaths(string? directory)
    {
        Directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory ?? DefaultDirectory));
        IsDefault = Directory == Path.GetFullPath(DefaultDirectory);
    }

    public string Directory { get; }

    /// <summary>The default instance also serves trackers on port 5055 and prefers port 8080.</summary>
    public bool IsDefault { get; }

    public string InstanceFile => At("instance.json");
    /// <summary>Made by whoever runs the instance, if at all; read at the server's start.</summary>
    public string SettingsFile => At("settings.json");
    public string SecretsFile => At("secrets.json");
    public string OperatorCredential => At("operator.credential");
    /// <summary>What HTTPS needs beyond loopback; keys are in it.</summary>
    public string Tls => At("tls");

    /// <summary>The root of the local CA and its key.</summary>
    public string Authority => Path.Combine(Tls, "authority.pem");

    /// <summary>What the local CA issued last, and its key.</summary>
    public string ServerCertificate => Path.Combine(Tls, "server.pem");

    /// <summary>The operator's certificate and key, as the server reads them: the files themselves may be root's alone.</summary>
    public string OperatorCertificate => Path.Combine(Tls, "operator.pem");

    public string Lock => At("lock");
    public string ServerLock => At("server.lock");
    public string Cluster => At("postgres");
    public string Logs => At("log");
    public string ServerLog => Path.Combine(Logs, "server.log");
    public string Temporary => At("tmp");

    /// <summary>What the demonstration fleet must not forget: its URLs, how far it has come.</summary>
    public string Demo => At("demo");

    /// <summary>How far the fleet has come (<see cref="FieldCrm.Demo.DemoState"/>).</summary>
    public string DemoState => Path.Combine(Demo, "state.json");

    /// <summary>What the fleet was answered, fix by fix (<see cref="FieldCrm.Demo.Journal"/>).</summary>
    public string DemoJournal => Path.Combine(Demo, "sent.log");

    public string DemoLog => Path.Combine(Logs, "demo.log");

    /// <summary>While this file exists the server stays down and PostgreSQL up; <c>restore</c> makes and removes it.</summary>
    public string Maintenance => At("maintenance");

    private static string DefaultDirectory => Path.Combine(
        Environment.GetEnvironmentVariable(HomeVariable) ?? System.IO.Directory.GetCurrentDirectory(), ".data");

    private string At(string name) => Path.Combine(Directory, name);
}
