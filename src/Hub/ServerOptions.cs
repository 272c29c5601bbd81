using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Storage;

namespace FieldCrm.Hub;

/// <summary>What one server process is told: whose it is, where it listens, where its database is.</summary>
internal sealed class ServerOptions
{
    public required InstancePaths Paths { get; init; }

    public required Instance Instance { get; init; }

    public required DatabaseAddresses Database { get; init; }

    /// <summary>Whether somebody starts the server again when it ends.</summary>
    public bool IsSupervised { get; init; }
}
