using System.CommandLine;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Commands;

/// <summary><c>serve</c>: one life of the server on a database that is up and migrated. <c>run</c> starts it.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var supervised = new Option<bool>("--supervised")
        {
            Description = "Drain and end when standard input ends: the supervisor is gone.", Hidden = true,
        };
        var command = new Command("serve", "Serve an instance whose database is up (run does this for you).") { supervised };
        command.SetAction((parsed, cancellationToken) =>
            ServeAsync(parsed.Instance(), parsed.GetValue(supervised), cancellationToken));
        return command;
    }

    private static async Task<int> ServeAsync(InstancePaths paths, bool supervised, CancellationToken cancellationToken)
    {
        var instance = Instance.Read(paths) ?? throw new StartRefusedException("instance.none",
            $"There is no instance in {paths.Directory}: ./run makes one, or --data DIR names another.");
        using var held = InstanceLock.TryTake(paths.ServerLock, owner: null) ?? throw new StartRefusedException(
            "server.running", $"A server of {paths.Directory} is running already (process {InstanceLock.Holder(paths.ServerLock)}).");
        var database = new InstanceDatabase(
            paths, instance, InstanceSecrets.Read(paths), account: null, TimeProvider.System, _ => { });
        var server = ServerHost.Build(new ServerOptions
        {
            Paths = paths, Instance = instance, Database = database.Addresses, IsSupervised = supervised,
        });
        await using (server)
        {
            var drain = server.Services.GetRequiredService<Drain>();
            drain.BoundOnceStopping();
            if (supervised)
                drain.WhenStandardInputEnds();
            await server.RunAsync(cancellationToken);
            return drain.ExitCode;
        }
    }
}
