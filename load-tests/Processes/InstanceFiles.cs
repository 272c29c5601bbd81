using System.Globalization;
using System.Text.Json;
using FieldCrm.Silo.Storage;

namespace FieldCrm.LoadTests.Processes;

/// <summary>What an instance keeps in its directory, as docs/STORE.md lists it: read the way an operator would.</summary>
internal sealed class InstanceFiles(string directory)
{
    public string Directory { get; } = directory;

    public string InstanceFile => Path.Combine(Directory, "instance.json");

    public string SecretsFile => Path.Combine(Directory, "secrets.json");

    public string ClusterDirectory => Path.Combine(Directory, "postgres");

    public string ServerLog => Path.Combine(Directory, "log", "server.log");

    public int HttpPort => Number(InstanceFile, "port");

    /// <summary>The process that serves now; null while none does.</summary>
    public int? ServerProcessId => OwnProcess(Path.Combine(Directory, "server.lock.pid"), Directory);

    /// <summary>The postmaster that runs now; null while none does.</summary>
    public int? PostmasterProcessId => OwnProcess(Path.Combine(ClusterDirectory, "postmaster.pid"), ClusterDirectory);

    public DatabaseAddresses Database
    {
        get
        {
            using var secrets = JsonDocument.Parse(File.ReadAllBytes(SecretsFile));
            var root = secrets.RootElement;
            return DatabaseAddresses.For("127.0.0.1", Number(InstanceFile, "postgresPort"), "fieldcrm", new DatabasePasswords(
                root.GetProperty("owner").GetString()!, root.GetProperty("api").GetString()!, root.GetProperty("silo").GetString()!));
        }
    }

    private static int Number(string file, string member)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        return json.RootElement.GetProperty(member).GetInt32();
    }

    // A number in a file proves nothing, since ids are used again: the process must work in the directory.
    private static int? OwnProcess(string file, string directory)
    {
        try
        {
            return int.TryParse(File.ReadLines(file).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && ProcessFiles.WorksIn(id, directory) && ProcessFiles.IsAlive(id) ? id : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
