using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Hub.Backup;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Feed;
using FieldCrm.Silo.Ledger;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Backup;

/// <summary>The rehearsal: a backup of one cluster goes into another one, whose transaction counter is far behind.</summary>
[Trait("Category", "Slow")]
public sealed class RehearsalTests : IAsyncLifetime
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(60);

    private readonly string _folder = TemporaryDirectory.Create("backup");
    private readonly long _now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
    private PostgresFixture? _other;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        if (_other is not null)
            await _other.DisposeAsync();
    }

    [Fact]
    public async Task Given_a_backup_of_another_cluster_When_restored_Then_all_is_equal_and_the_instance_goes_on()
    {
        _other = await PostgresFixture.OwnAsync();
        var target = await _other.CreateDatabaseAsync();
        var (busy, quiet) = (Path.Combine(_folder, "busy"), Path.Combine(_folder, "quiet"));
        DatabaseAddresses source;
        FeedToken oldToken;
        string devicePath;
        await using (var server = await InProcessServer.StartAsync())
        {
            source = server.Database;
            await BurnTransactionsAsync(source);
            devicePath = await AddDeviceAsync(server);
            await FillAsync(server, devicePath);
            oldToken = (await ReadFeedAsync(source, after: null)).Next;
            await BackUpWhileReportingAsync(server, devicePath, busy);
            await SettledAsync(source);
            Assert.False((await ReadFeedAsync(source, oldToken)).SnapshotRequired);
        }
        var manifest = await new BackupWriter(source, TimeProvider.System).WriteAsync(quiet, overwrite: false, default);
        Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(quiet));
        var counters = (Source: await CounterAsync(source), Target: await CounterAsync(target));
        Assert.True(counters.Target < counters.Source / 2, $"{counters}");

        // Twice, so that a restore onto a restore is proven too; the first was taken while positions came in.
        await RestoreAsync(target, busy);
        await RestoreAsync(target, quiet);

        Assert.Equal(await Stored.RowsAsync(source), await Stored.RowsAsync(target));
        Assert.Equal(await Stored.StructureAsync(source), await Stored.StructureAsync(target));
        Assert.Equal(0L, await Stored.ScalarAsync<long>(target,
            "SELECT (SELECT sum(tx) FROM fix)::bigint + (SELECT sum(tx) FROM event)::bigint + (SELECT sum(tx) FROM device_snapshot)::bigint"));
        Assert.Equal(0L, await Stored.ScalarAsync<long>(target, "SELECT count(*) FROM silo WHERE NOT fenced"));
        Assert.Equal(manifest.Rows["event"], await VerifiedEventsAsync(target));
        var feed = await ReadFeedAsync(target, oldToken);
        Assert.True(feed.SnapshotRequired);
        await GoesOnAsync(target, devicePath, feed.Next, manifest.Rows["fix"]);
    }

    private static async Task RestoreAsync(DatabaseAddresses target, string file)
    {
        using var backup = BackupFile.Open(file);
        await backup.VerifyAsync(default);
        await new DatabaseRestore(target).RunAsync(backup, default);
    }

    /// <summary>The source's cluster is old: its counter is far ahead of any fresh one's.</summary>
    private static async Task BurnTransactionsAsync(DatabaseAddresses database)
    {
        await using var connection = new NpgsqlConnection(database.Owner);
        await connection.OpenAsync();
        string[] statements =
        [
            "SET synchronous_commit = off",
            "DO $$ BEGIN FOR i IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$",
        ];
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 300 };
            await command.ExecuteNonQueryAsync();
        }
    }

    private static Task<long> CounterAsync(DatabaseAddresses database) =>
        Stored.ScalarAsync<long>(database, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint");

    private static async Task<string> AddDeviceAsync(InProcessServer server)
    {
        var added = await server.Operator.PostAsJsonAsync(
            new Uri("operator/devices?tenant=default", UriKind.Relative), new { id = "van", name = "Van" });
        var device = await added.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        return new Uri(device.GetProperty("url").GetString()!).AbsolutePath;
    }

    /// <summary>A drive of today, a late one of yesterday, an alarm, one position from the future; a user and a second tenant.</summary>
    private async Task FillAsync(InProcessServer server, string path)
    {
        for (var i = 0; i < 40; i++)
            await ReportAsync(server, path, _now - 3_600 + i * 10, i);
        await ReportAsync(server, path, _now - 3_000, 41, "&alarm=sos");
        for (var i = 0; i < 20; i++)
            await ReportAsync(server, path, _now - 86_400 - i * 10, i);
        await ReportAsync(server, path, _now + 7_200, 0);
        (await server.Operator.PostAsJsonAsync(new Uri("operator/tenants", UriKind.Relative), new { name = "north" })).EnsureSuccessStatusCode();
        (await server.Operator.PostAsJsonAsync(
            new Uri("operator/users?tenant=north", UriKind.Relative), new { name = "ada", role = "dispatcher" })).EnsureSuccessStatusCode();
        await SettledAsync(server.Database);
        Assert.Equal(61L, await Stored.ScalarAsync<long>(server.Database, "SELECT count(*) FROM fix"));
        Assert.Equal(1L, await Stored.ScalarAsync<long>(server.Database, "SELECT count(*) FROM quarantine"));
        Assert.Equal(1L, await Stored.ScalarAsync<long>(server.Database, "SELECT count(*) FROM alarm"));
    }

    private static async Task ReportAsync(InProcessServer server, string path, long timestamp, int step, string more = "")
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"?lat={48.1 + step * 0.001:0.####}&lon=11.5&timestamp={timestamp}&speed=20{more}");
        using var answer = await server.Visitor.PostAsync(new Uri(server.Address, path + query), content: null);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    private async Task BackUpWhileReportingAsync(InProcessServer server, string path, string file)
    {
        var backup = new BackupWriter(server.Database, TimeProvider.System).WriteAsync(file, overwrite: false, default);
        var during = 0;
        while (!backup.IsCompleted && during < 1_500)
            await ReportAsync(server, path, _now - 1_800 + during++, 60 + during % 10);
        await backup;
        Assert.NotEqual(0, during);
    }

    /// <summary>Nothing is left to be folded again, delivered or sealed.</summary>
    private static Task SettledAsync(DatabaseAddresses database) => Eventually.TrueAsync(async () =>
        await Stored.ScalarAsync<long>(database,
            "SELECT (SELECT count(*) FROM refold_mark) + (SELECT count(*) FROM outbox WHERE state = 0)") == 0
        && (await LedgersAsync(database)).All(l => l.UnsealedEvents == 0), Settling);

    private static async Task<FeedPage> ReadFeedAsync(DatabaseAddresses database, FeedToken? after)
    {
        await using var pools = new FieldCrmDatabase(database);
        var tenant = await Stored.ScalarAsync<int>(database, "SELECT tenant_id FROM tenant WHERE name = 'default'");
        return await new EventFeed(pools).ReadAsync(new TenantId(tenant), after, EventFeed.MaxPage, default);
    }

    private static async Task<long> VerifiedEventsAsync(DatabaseAddresses database)
    {
        var ledgers = await LedgersAsync(database);
        Assert.All(ledgers, l => Assert.Empty(l.Findings));
        return ledgers.Sum(l => l.Events);
    }

    private static async Task<IReadOnlyList<Core.Ledger.TenantLedger>> LedgersAsync(DatabaseAddresses database)
    {
        await using var owner = NpgsqlDataSource.Create(database.Owner!);
        return await LedgerVerifier.VerifyAsync(owner, anchors: [], default);
    }

    private async Task GoesOnAsync(DatabaseAddresses target, string devicePath, FeedToken after, long fixes)
    {
        await using var server = await InProcessServer.StartAsync(existing: target);
        await ReportAsync(server, devicePath, _now - 60, 90, "&alarm=sos");

        Assert.Equal(fixes + 1, await Stored.ScalarAsync<long>(target, "SELECT count(*) FROM fix"));
        await Eventually.TrueAsync(async () =>
        {
            var page = await ReadFeedAsync(target, after);
            Assert.False(page.SnapshotRequired);
            return page.Events.Any(e => e.Type == "AlarmRaised");
        }, Settling);
        await SettledAsync(target);
        await VerifiedEventsAsync(target);
    }
}
