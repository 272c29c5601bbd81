using System.Net;
using System.Net.Sockets;
using System.Text;
using FieldCrm.Hub.Supervision;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Supervision;

/// <summary>An instance whose database is on a server that FIELDCRM_DATABASE names, from its first start to a restore.</summary>
[Trait("Category", "Slow")]
public sealed class OutsideDatabaseTests
{
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task Given_an_outside_database_When_backed_up_and_restored_Then_it_serves_again_and_never_starts_without_it()
    {
        await using var server = await PostgresFixture.OwnAsync();
        await using var hub = new HubProcess();
        hub.Environment[ExternalDatabase.Variable] = AddressOf(server);
        await hub.StartReadyAsync();
        var file = Path.Combine(hub.Directory, "backup.zip");
        Assert.Equal(0, (await hub.RunAsync("device", "add", "before")).ExitCode);
        Assert.Equal(0, (await hub.RunAsync("backup", file)).ExitCode);
        Assert.Equal(0, (await hub.RunAsync("device", "add", "after")).ExitCode);

        var (code, _, error) = await hub.RunAsync("restore", file, "--yes");

        Assert.True(code == 0, error + hub.Output);
        var list = (await hub.RunAsync("device", "list")).Output;
        Assert.Contains("before", list, StringComparison.Ordinal);
        Assert.DoesNotContain("after", list, StringComparison.Ordinal);

        hub.AskToStop();
        Assert.Equal(0, await hub.ExitedAsync(StopDeadline));
        hub.Environment.Remove(ExternalDatabase.Variable);
        Assert.Equal(
            (ExitCode.Problem, "", $"The database of {hub.Directory} is on a server of its own: set FIELDCRM_DATABASE as it was at the first start.\n"),
            await hub.RunAsync("run"));
        Assert.False(Directory.Exists(Path.Combine(hub.Directory, "postgres")));
    }

    [Fact]
    public async Task Given_a_schema_of_a_newer_version_When_started_Then_one_line_says_so_and_the_doctor_too()
    {
        await using var server = await PostgresFixture.OwnAsync();
        await using var hub = new HubProcess();
        hub.Environment[ExternalDatabase.Variable] = AddressOf(server);
        Assert.Equal(0, (await hub.RunAsync("migrate")).ExitCode);
        await using (var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.SuperuserAddress) { Database = "outside" }.ConnectionString))
        {
            await connection.OpenAsync();
            await using var later = new NpgsqlCommand("INSERT INTO fieldcrm.schema_migration VALUES ('29990101000000_Later', '10')", connection);
            await later.ExecuteNonQueryAsync();
        }
        const string Line = "The database was migrated by a newer version (29990101000000_Later). Start that version, or restore a backup.";

        var (code, _, error) = await hub.RunAsync("run");

        Assert.Equal((ExitCode.Problem, Line + "\n"), (code, error));

        var doctor = await hub.RunAsync("doctor");
        Assert.Equal(ExitCode.Problem, doctor.ExitCode);
        Assert.Contains("PROBLEM  schema       " + Line, doctor.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_server_older_than_15_When_started_Then_one_line_says_so()
    {
        using var old = new TcpListener(IPAddress.Loopback, 0);
        old.Start();
        var port = ((IPEndPoint)old.LocalEndpoint).Port;
        using var ended = new CancellationTokenSource();
        var serving = AnswerAsPostgres14Async(old, ended.Token);
        await using var hub = new HubProcess();
        hub.Environment[ExternalDatabase.Variable] =
            $"Host=127.0.0.1;Port={port};Username=boss;Password=x;SSL Mode=Disable;Server Compatibility Mode=NoTypeLoading";

        var (code, _, error) = await hub.RunAsync("run");

        Assert.Equal(ExitCode.Problem, code);
        Assert.Equal($"The server 127.0.0.1:{port} that FIELDCRM_DATABASE names is PostgreSQL 14.2; FieldCrm needs 15 or newer: upgrade it, or name another.\n", error);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
    }

    private static string AddressOf(PostgresFixture server)
    {
        var superuser = new NpgsqlConnectionStringBuilder(server.SuperuserAddress);
        return $"postgres://postgres:{superuser.Password}@127.0.0.1:{superuser.Port}/outside";
    }

    /// <summary>The first words of a server of that version: anybody may come in, and may ask.</summary>
    private static async Task AnswerAsPostgres14Async(TcpListener listener, CancellationToken cancellationToken)
    {
        byte[] greeting =
        [
            .. Message('R', [0, 0, 0, 0]), .. Message('S', Encoding.ASCII.GetBytes("server_version\u000014.2\0")),
            .. Message('S', Encoding.ASCII.GetBytes("client_encoding\0UTF8\0")), .. Message('K', new byte[8]), .. Message('Z', [(byte)'I']),
        ];
        var buffer = new byte[4096];
        while (true)
        {
            using var client = await listener.AcceptTcpClientAsync(cancellationToken);
            var stream = client.GetStream();
            await stream.ReadAtLeastAsync(buffer, 8, throwOnEndOfStream: false, cancellationToken);
            await stream.WriteAsync(greeting, cancellationToken);
            await stream.ReadAtLeastAsync(buffer, 1, throwOnEndOfStream: false, cancellationToken); // a question, or the end: in either case it hangs up
        }
    }

    private static byte[] Message(char type, byte[] body) =>
        [(byte)type, 0, 0, 0, (byte)(body.Length + 4), .. body];
}
