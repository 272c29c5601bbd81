using FieldCrm.Core;
using Orleans;
using Orleans.Runtime;

namespace FieldCrm.Silo.Devices;

/// <summary>
/// A device's grain by its number. What kind of grain that is, is resolved once: asked for by its interface, it would be
/// for each report again, by name.
/// </summary>
public sealed class DeviceGrains(IGrainFactory grains)
{
    private readonly Lazy<(GrainType Type, GrainInterfaceType Interface)> _kind = new(() =>
    {
        var any = grains.GetGrain<IDeviceGrain>(0);
        return (any.GetGrainId().Type, ((GrainReference)any).InterfaceType);
    }, LazyThreadSafetyMode.PublicationOnly); // a failure is not kept

    public IDeviceGrain Of(DeviceId device) => (IDeviceGrain)grains.GetGrain(
        GrainId.Create(_kind.Value.Type, GrainIdKeyExtensions.CreateIntegerKey(device.Value)), _kind.Value.Interface);
}
