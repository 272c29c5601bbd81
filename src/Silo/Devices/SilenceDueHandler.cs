using FieldCrm.Core;
using FieldCrm.Silo.DueTimes;

namespace FieldCrm.Silo.Devices;

/// <summary>Asks a device's grain whether it has been silent for too long.</summary>
internal sealed class SilenceDueHandler(DeviceGrains grains) : IDueHandler
{
    public string Kind => DeviceUnit.SilenceDue;

    public Task HandleAsync(DueFiring firing, CancellationToken cancellationToken) =>
        grains.Of(new DeviceId((int)firing.Subject)).DueAsync(firing.Tenant.Value, firing.Now.Value).WaitAsync(cancellationToken);
}
