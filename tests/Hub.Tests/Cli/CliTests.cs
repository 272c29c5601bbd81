using System.Text.Json;
using FieldCrm.Hub.Supervision;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Cli;

[Collection(ServerCollection.Name)]
public sealed class CliTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_server_When_a_device_is_added_Then_its_url_lacks_the_position_only()
    {
        var (exit, output, _) = await Server.RunAsync("device", "add", "cli-1", "--name", "Blue van", "--json");

        Assert.Equal(0, exit);
        var device = JsonDocument.Parse(output).RootElement;
        Assert.Equal("cli-1", device.GetProperty("id").GetString());
        var token = device.GetProperty("token").GetString();
        Assert.Equal(32, token!.Length);
        Assert.Equal($"{Server.Address}osmand/{token}?", device.GetProperty("url").GetString());
    }

    [Fact]
    public async Task Given_a_taken_id_When_added_again_Then_refused_by_one_line_and_exit_code_1()
    {
        await Server.RunAsync("device", "add", "cli-2");

        var (exit, output, error) = await Server.RunAsync("device", "add", "cli-2");

        Assert.Equal((1, "", "device.id-taken: A device of this id is registered in this tenant.\n"), (exit, output, error));
    }

    [Fact]
    public async Task Given_no_server_When_asked_Then_exit_code_3_and_one_line()
    {
        await using var nobody = new HubProcess();

        var (exit, output, error) = await nobody.RunAsync("device", "list");

        Assert.Equal((3, ""), (exit, output));
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("device", "import", "nowhere.csv")]
    [InlineData("track", "import", "van", "nowhere.gpx")]
    [InlineData("track", "export", "van")]
    [InlineData("restore", "nowhere.backup", "--yes")]
    [InlineData("backup", "nowhere.backup")]
    [InlineData("tenant", "list")]
    [InlineData("user", "list")]
    [InlineData("token", "list", "--json")]
    [InlineData("audit", "list")]
    [InlineData("unregistered", "list")]
    public async Task Given_an_instance_that_is_stopped_When_any_verb_asks_Then_exit_code_3_and_one_line(params string[] verb)
    {
        await using var stopped = new HubProcess();
        InstancePaths paths = new(stopped.Directory);
        new Instance { Port = Ports.PickFree(), PostgresPort = 1, SiloPort = 1, Demo = false }.Write(paths, owner: null);
        PrivateFile.Write(paths.OperatorCredential, "nobody"u8, owner: null);

        var (exit, output, error) = await stopped.RunAsync(verb);

        Assert.Equal((3, ""), (exit, output));
        Assert.StartsWith("No server answers for", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_token_When_revoked_in_json_Then_json_answers()
    {
        var (_, made, _) = await Server.RunAsync("token", "add", "cli-token", "--role", "auditor", "--json");
        var id = JsonDocument.Parse(made).RootElement.GetProperty("id").GetGuid();

        var (exit, output, _) = await Server.RunAsync("token", "revoke", id.ToString(), "--json");

        Assert.Equal((0, id), (exit, JsonDocument.Parse(output).RootElement.GetProperty("id").GetGuid()));
    }

    [Fact]
    public async Task Given_a_csv_When_imported_twice_Then_bad_lines_are_named_and_the_rest_is_added_once()
    {
        var file = Path.Combine(Server.Directory, "devices.csv");
        await File.WriteAllTextAsync(file, "id,name\ncsv-1,First\n,Nameless\ncsv-2,\"Second, large\"\ncsv-1,Again\ncsv-3\n");

        var first = await Server.RunAsync("device", "import", file, "--json");
        var second = await Server.RunAsync("device", "import", file, "--json");

        Assert.Equal(1, first.ExitCode);
        Assert.StartsWith("line 3: device.id-invalid:", first.Error, StringComparison.Ordinal);
        Assert.Equal(["csv-1", "csv-2", "csv-3"], Ids(first.Output));
        Assert.Empty(Ids(second.Output));
        Assert.Equal(4, JsonDocument.Parse(second.Output).RootElement.GetProperty("known").GetInt32());
        var list = await Server.RunAsync("device", "list");
        Assert.Contains("Second, large", list.Output, StringComparison.Ordinal);

        static string[] Ids(string json) => [.. JsonDocument.Parse(json).RootElement.GetProperty("devices").EnumerateArray()
            .Select(d => d.GetProperty("id").GetString()!)];
    }

    [Fact]
    public async Task Given_two_tenants_When_each_adds_the_same_id_Then_both_have_it_and_neither_sees_the_other()
    {
        Assert.Equal(0, (await Server.RunAsync("tenant", "add", "cli-north")).ExitCode);
        Assert.Equal(1, (await Server.RunAsync("tenant", "add", "cli-north")).ExitCode);
        await Server.RunAsync("device", "add", "twin", "--name", "Here");
        Assert.Equal(0, (await Server.RunAsync("device", "add", "twin", "--name", "There", "--tenant", "cli-north")).ExitCode);

        var there = await Server.RunAsync("device", "list", "--tenant", "cli-north", "--json");

        Assert.Equal("There", Assert.Single(JsonDocument.Parse(there.Output).RootElement.GetProperty("devices").EnumerateArray().ToArray())
            .GetProperty("name").GetString());
        Assert.Equal(1, (await Server.RunAsync("device", "list", "--tenant", "nowhere")).ExitCode);
    }
}
