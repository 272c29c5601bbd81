using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Devices;
using FieldCrm.Silo.Outbox;

namespace FieldCrm.Silo.Tenants;

/// <summary>Tells the tenant of a device's alarm; the tenant ignores what it knows already or knows newer.</summary>
internal sealed class AlarmOutboxHandler(IGrainFactory grains) : IOutboxHandler
{
    public string Kind => AlarmEffect.Kind;

    public bool MayGiveUp => false;

    public async Task DeliverAsync(OutboxDelivery delivery, CancellationToken cancellationToken)
    {
        if (JsonSerializer.Deserialize(delivery.Payload, DeviceLedgerJson.Default.AlarmEffect) is not { } effect
            || effect.Payload.Deserialize(NetEventJsonContext.Default.AlarmRaisedPayload) is not { } alarm)
            throw new OutboxDeliveryException("alarm.payload-invalid");
        var report = new ReportAlarm(
            effect.AlarmId, new DeviceId(effect.DeviceId), alarm.Alarm, new UtcMicros(effect.StartedMicros),
            effect.SourceVersion, effect.Payload.GetRawText(), effect.IsWithdrawn);
        var outcome = await grains.GetGrain<ITenantGrain>(delivery.Tenant.Value).DecideAsync(report, Actor.System).WaitAsync(cancellationToken);
        if (outcome.Refusal is { } refusal)
            throw new OutboxDeliveryException(refusal.Code);
    }
}
