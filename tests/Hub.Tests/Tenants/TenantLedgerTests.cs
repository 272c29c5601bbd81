using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Ledger;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Silo.Outbox;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FieldCrm.Hub.Tests.Tenants;

[Collection(ServerCollection.Name)]
public sealed class TenantLedgerTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    private TenantAdministration Tenants => Server.Get<TenantAdministration>();

    [Fact]
    public async Task Given_commands_When_decided_Then_their_events_chain_on_the_tenants_stream_without_secrets()
    {
        var (_, tenant) = await Tenants.AddAsync("ledger-1", Actor.Operator, default);
        const string secret = "a-secret-token";
        var device = new NewDevice(new DeviceId(900_001), "van", "Van", SecretHash.Of(secret));

        await Tenants.Grain(tenant).DecideAsync(new RegisterDevices([device], SkipKnown: false), Actor.Operator);
        await Tenants.Grain(tenant).DecideAsync(new RenameDevice(device.Id, "Blue van"), Actor.Operator);
        var refused = await Tenants.Grain(tenant).DecideAsync(new RegisterDevices([device], SkipKnown: false), Actor.Operator);

        Assert.Equal("device.id-taken", refused.Refusal?.Code);
        var events = await EventsAsync(tenant);
        Assert.Equal([(1L, "DeviceRegistered"), (2L, "DeviceRenamed")], events.Select(e => (e.Version, e.Type)));
        Assert.Equal(events[0].Hash, events[1].PrevHash);
        Assert.DoesNotContain(events, e => e.Payload.Contains(secret, StringComparison.Ordinal));
        Assert.Contains(SecretHash.Of(secret).Hex, events[0].Payload, StringComparison.Ordinal);
        Assert.Equal(1, (await Tenants.Grain(tenant).GetStateAsync())?.DeviceCount);
    }

    [Fact]
    public async Task Given_an_id_of_another_tenant_When_it_is_taken_there_Then_nothing_is_stored()
    {
        var (_, first) = await Tenants.AddAsync("ledger-2", Actor.Operator, default);
        var (_, second) = await Tenants.AddAsync("ledger-3", Actor.Operator, default);
        var device = new NewDevice(new DeviceId(900_002), "a", "a", null, BareId: "352093081452251");
        await Tenants.Grain(first).DecideAsync(new RegisterDevices([device], SkipKnown: false), Actor.Operator);

        var refused = await Tenants.Grain(second).DecideAsync(new RegisterDevices([device with { Id = new DeviceId(900_003) }], SkipKnown: false), Actor.Operator);

        Assert.Equal("device.bare-id-taken", refused.Refusal?.Code);
        Assert.Empty(await EventsAsync(second));
    }

    [Fact]
    public async Task Given_many_at_once_When_they_add_one_user_name_Then_one_of_them_wins()
    {
        var tenants = new List<TenantId>();
        for (var i = 0; i < 8; i++)
            tenants.Add((await Tenants.AddAsync($"ledger-race-{i}", Actor.Operator, default)).Tenant);

        var outcomes = await Task.WhenAll(tenants.Select(t => Tenants.Grain(t).DecideAsync(new AddUser(Guid.NewGuid(), "racer", "admin"), Actor.Operator)));

        Assert.Single(outcomes, o => o.Refusal is null);
        Assert.Equal(7, outcomes.Count(o => o.Refusal?.Code == "user.name-taken"));
    }

    [Fact]
    public async Task Given_alarm_deliveries_When_repeated_and_out_of_order_Then_the_tenant_lists_the_newest()
    {
        var (_, tenant) = await Tenants.AddAsync("ledger-alarm", Actor.Operator, default);
        var handler = Server.App.Services.GetServices<IOutboxHandler>().Single(h => h.Kind == "alarm");
        var alarm = Guid.NewGuid();

        await handler.DeliverAsync(Delivery(alarm, tenant, version: 7, "true"), default);
        await handler.DeliverAsync(Delivery(alarm, tenant, version: 3, "false"), default);
        await handler.DeliverAsync(Delivery(alarm, tenant, version: 7, "true"), default);

        await using var scope = await TenantScope.OpenAsync(Server.Get<FieldCrmDatabase>(), tenant, default);
        var row = await scope.Context.Alarms.SingleAsync(a => a.AlarmId == alarm);
        Assert.Equal((7L, true, (short)AlarmKind.Sos, 17), (row.SourceVersion, row.IsWithdrawn, row.Kind, row.DeviceId));
        Assert.Equal(["AlarmWithdrawn"], (await EventsAsync(tenant)).Select(e => e.Type));
    }

    private static OutboxDelivery Delivery(Guid alarm, TenantId tenant, long version, string withdrawn) => new(
        Guid.NewGuid(), tenant, "alarm", StreamName.Of(tenant),
        $$"""
        {"alarmId":"{{alarm}}","deviceId":17,"sourceVersion":{{version}},"isWithdrawn":{{withdrawn}},"startedMicros":1790000000000000,
         "payload":{"alarm":2,"raisedAtMicros":1790000000000000,"latitudeE7":1,"longitudeE7":2,"positionMarked":0} }
        """,
        UtcMicros.FromUnixSeconds(1_790_000_000), 1);

    private async Task<List<(long Version, string Type, string Payload, string Hash, string PrevHash)>> EventsAsync(TenantId tenant)
    {
        await using var scope = await TenantScope.OpenAsync(Server.Get<FieldCrmDatabase>(), tenant, default);
        await using var command = new NpgsqlCommand(
            """
            SELECT version, type, payload::text, encode(hash, 'hex'), encode(prev_hash, 'hex')
            FROM event JOIN event_payload USING (stream, version) WHERE stream = $1 ORDER BY version
            """, scope.Connection, scope.Transaction)
        {
            Parameters = { new NpgsqlParameter { Value = StreamName.Of(tenant) } },
        };
        await using var rows = await command.ExecuteReaderAsync();
        var events = new List<(long, string, string, string, string)>();
        while (await rows.ReadAsync())
            events.Add((rows.GetInt64(0), rows.GetString(1), rows.GetString(2), rows.GetString(3), rows.GetString(4)));
        return events;
    }
}
