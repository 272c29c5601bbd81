using System.Net;
using System.Net.Sockets;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Supervision;

/// <summary>How an instance comes up, what keeps it from doing so, and how it goes.</summary>
[Trait("Category", "Slow")]
public sealed class StartAndStopTests
{
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task Given_a_serving_instance_When_told_to_stop_Then_the_server_ends_before_PostgreSQL_and_the_ports_are_kept()
    {
        await using var hub = new HubProcess();
        await hub.StartReadyAsync();
        var (server, postmaster, address) = (hub.ServerId, hub.PostmasterId, hub.Address);
        Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(Path.Combine(hub.Directory, "secrets.json")));
        Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(Path.Combine(hub.Directory, "operator.credential")));
        if (Account.ForChildren(Path.Combine(hub.Directory, "postgres"), _ => { }) is { } account)
        {
            // We are root, and they must not be.
            Assert.NotEqual(0, account.UserId);
            foreach (var child in (int[])[server, postmaster])
                Assert.Contains($"Uid:\t{account.UserId}\t{account.UserId}\t{account.UserId}\t{account.UserId}\n", await File.ReadAllTextAsync($"/proc/{child}/status"), StringComparison.Ordinal);
        }

        hub.AskToStop();
        await Eventually.TrueAsync(() =>
        {
            var databaseGone = !HubProcess.IsAlive(postmaster);
            Assert.False(databaseGone && HubProcess.IsAlive(server), "PostgreSQL stopped while the server was draining");
            return databaseGone;
        }, StopDeadline, () => hub.Output);
        Assert.Equal(0, await hub.ExitedAsync(StopDeadline));

        await hub.StartReadyAsync();
        Assert.Equal(address, hub.Address);
    }

    [Fact]
    public async Task Given_a_taken_port_When_started_Then_one_line_says_so_and_nothing_is_made()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await using var hub = new HubProcess();

        hub.Start("--port", $"{port}");

        Assert.Equal(ExitCode.Problem, await hub.ExitedAsync(StopDeadline));
        Assert.Equal($"Port {port} is taken by another program: stop it (ss -ltnp shows it), or choose another with --port N.", hub.Output);
        Assert.False(Directory.Exists(Path.Combine(hub.Directory, "postgres")));
    }

    [Fact]
    public async Task Given_a_database_of_a_PostgreSQL_that_is_not_there_When_started_Then_one_line_says_what_to_do()
    {
        await using var hub = new HubProcess();
        await hub.StartReadyAsync();
        hub.AskToStop();
        Assert.Equal(0, await hub.ExitedAsync(StopDeadline));
        var file = Path.Combine(hub.Directory, "postgres", "PG_VERSION");
        foreach (var (version, beginning) in new[]
        {
            ("14\n", "The database was made by PostgreSQL 14, installed is "),
            ("", $"{file} holds no version, so the database is damaged: "),
        })
        {
            await File.WriteAllTextAsync(file, version);
            var (code, _, error) = await hub.RunAsync("run");
            Assert.Equal(ExitCode.Problem, code);
            Assert.StartsWith(beginning, error, StringComparison.Ordinal);
            Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Fact]
    public async Task Given_two_directories_When_both_are_started_Then_they_live_side_by_side()
    {
        await using var one = new HubProcess();
        await using var two = new HubProcess();
        one.Start();
        two.Start();
        await one.SaysAsync("ready http", HubProcess.StartDeadline);
        await two.SaysAsync("ready http", HubProcess.StartDeadline);
        Assert.NotEqual(one.Address, two.Address);

        one.AskToStop();
        Assert.Equal(0, await one.ExitedAsync(StopDeadline));
        Assert.True(await two.IsReadyAsync());
    }

    [Fact]
    public async Task Given_a_running_instance_When_its_directory_is_started_again_Then_one_line_says_who_has_it()
    {
        await using var hub = new HubProcess();
        await hub.StartReadyAsync();

        var (code, output, error) = await hub.RunAsync("run");

        Assert.Equal(ExitCode.Problem, code);
        Assert.Equal("", output);
        Assert.Equal($"{hub.Directory} is in use by a running instance (process {hub.SupervisorId}): " +
            "stop that one, or choose another directory with --data DIR.\n", error);
    }

    [Fact]
    public async Task Given_a_server_that_cannot_start_When_it_failed_five_times_Then_one_line_says_so_and_PostgreSQL_is_stopped()
    {
        await using var hub = new HubProcess();
        hub.Environment["Kestrel__Endpoints__Broken__Url"] = "not-an-address";
        hub.Start();

        Assert.Equal(ExitCode.Problem, await hub.ExitedAsync(5 * HubProcess.StartDeadline));

        var last = hub.Output.Split('\n')[^1];
        Assert.StartsWith("the server failed 5 times in a row (exit code ", last, StringComparison.Ordinal);
        Assert.EndsWith(": see " + Path.Combine(hub.Directory, "log", "server.log") + ", mend it and start again.", last, StringComparison.Ordinal);
        Assert.Equal(4, hub.Output.Split('\n').Count(l => l.Contains("starting it again", StringComparison.Ordinal)));
        Assert.Equal(0, hub.PostmasterId);
    }

    [Fact]
    public async Task Given_a_maintenance_file_When_started_Then_the_server_is_held_until_it_is_removed()
    {
        await using var hub = new HubProcess();
        var maintenance = Path.Combine(hub.Directory, "maintenance");
        await File.WriteAllTextAsync(maintenance, "");
        hub.Start();
        await hub.SaysAsync($"held for maintenance until {maintenance} is removed", HubProcess.StartDeadline);
        Assert.False(await hub.IsReadyAsync());
        Assert.NotEqual(0, hub.PostmasterId);

        File.Delete(maintenance);

        await hub.SaysAsync("ready http", HubProcess.StartDeadline);
    }

    [Fact]
    public async Task Given_settings_that_risk_what_was_acknowledged_When_started_Then_refused_and_the_doctor_says_why()
    {
        await using var hub = new HubProcess();
        await hub.StartReadyAsync();
        hub.AskToStop();
        await hub.ExitedAsync(StopDeadline);
        await File.WriteAllTextAsync(Path.Combine(hub.Directory, "postgres", "local.conf"), "fsync = off\nsynchronous_commit = off\n");

        var (code, _, error) = await hub.RunAsync("run");
        Assert.Equal(ExitCode.Problem, code);
        Assert.StartsWith("PostgreSQL runs with fsync, synchronous_commit off", error, StringComparison.Ordinal);

        var doctor = await hub.RunAsync("doctor");
        Assert.Equal(ExitCode.Problem, doctor.ExitCode);
        Assert.Contains("PROBLEM  durability   fsync, synchronous_commit off", doctor.Output, StringComparison.Ordinal);
        Assert.Equal(0, hub.PostmasterId);
    }

    [Fact]
    public async Task Given_an_account_that_commits_before_the_disk_has_it_When_the_server_or_all_is_started_Then_refused_and_the_doctor_says_why()
    {
        const string Line = "PostgreSQL runs with synchronous_commit off, so that what was acknowledged could be lost: set each to on "
            + "(in local.conf of the cluster, on the server that FIELDCRM_DATABASE names, or for the role or database that has it off).";
        await using var hub = new HubProcess();
        await hub.StartReadyAsync();
        var paths = new InstancePaths(hub.Directory);
        var addresses = DatabaseAddresses.For(
            "127.0.0.1", Instance.Read(paths)!.PostgresPort, DatabaseBootstrap.Database, InstanceSecrets.Read(paths).Passwords);
        await using (var silo = NpgsqlDataSource.Create(addresses.Silo))
        {
            await using var alter = silo.CreateCommand("ALTER ROLE fieldcrm_silo SET synchronous_commit = off");
            await alter.ExecuteNonQueryAsync();
        }

        HubProcess.Kill(hub.ServerId); // the next one would commit as that account

        Assert.Equal(ExitCode.Problem, await hub.ExitedAsync(StopDeadline));
        Assert.Equal(Line, hub.Output.Split('\n')[^1]);
        Assert.Equal((ExitCode.Problem, Line + "\n"), await CodeAndErrorAsync(hub, "run"));

        var doctor = await hub.RunAsync("doctor");
        Assert.Equal(ExitCode.Problem, doctor.ExitCode);
        Assert.Contains("PROBLEM  durability   synchronous_commit off", doctor.Output, StringComparison.Ordinal);
        Assert.Equal(0, hub.PostmasterId);
    }

    private static async Task<(int Code, string Error)> CodeAndErrorAsync(HubProcess hub, string verb)
    {
        var (code, _, error) = await hub.RunAsync(verb);
        return (code, error);
    }
}
