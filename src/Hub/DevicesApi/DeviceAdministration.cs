using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.UnitsApi;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Storage.Model;
using FieldCrm.Silo.Tenants;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.DevicesApi;

/// <summary>Registers and changes devices through the tenant's grain, and has the directories forget what changed.</summary>
internal sealed class DeviceAdministration(
    FieldCrmDatabase database, TenantAdministration tenants, IdSource ids, DeviceDirectory directory, UnitDirectory units)
{
    /// <summary>All or none. Tokens by unique id, for the devices that were registered now.</summary>
    public async Task<(TenantOutcome Outcome, IReadOnlyDictionary<string, string> Tokens)> RegisterAsync(
        RequestTenant tenant, IReadOnlyList<DeviceToAdd> devices, bool skipKnown, CancellationToken cancellationToken)
    {
        var numbers = await ids.NextDevicesAsync(devices.Count, cancellationToken);
        var tokens = new Dictionary<DeviceId, string>(devices.Count);
        var newDevices = new NewDevice[devices.Count];
        for (var i = 0; i < newDevices.Length; i++)
        {
            var token = SecretToken.Create();
            tokens.Add(numbers[i], token);
            newDevices[i] = devices[i].ToNewDevice(numbers[i], SecretHash.Of(token));
        }
        var outcome = await tenants.Grain(tenant.Id).DecideAsync(new RegisterDevices([.. newDevices], skipKnown), tenant.By);
        directory.ForgetUnknown();
        units.Forget(tenant.Id);
        return (outcome, outcome.Events.OfType<DeviceRegistered>().ToDictionary(d => d.UniqueId, d => tokens[d.Device]));
    }

    /// <summary>
    /// Admits what reported through the tenant's enrolment URL, else what reported to the operator with a bare id.
    /// </summary>
    public async Task<TenantOutcome> AdmitAsync(RequestTenant tenant, DeviceToAdd admitted, CancellationToken cancellationToken)
    {
        var claimedId = admitted.Id;
        var number = (await ids.NextDevicesAsync(1, cancellationToken))[0];
        var device = admitted.ToNewDevice(number, tokenHash: null);
        var outcome = await tenants.Grain(tenant.Id).DecideAsync(new AdmitDevice(device), tenant.By);
        if (outcome.Refusal is { Code: "unregistered.unknown" }
            && await IsListedAsync(TenantAdministration.Operator, claimedId, cancellationToken))
        {
            outcome = await tenants.Grain(tenant.Id).DecideAsync(
                new RegisterDevices([device with { BareId = claimedId }], SkipKnown: false), tenant.By);
            if (outcome.Refusal is null)
                await tenants.Grain(TenantAdministration.Operator).DecideAsync(new ForgetUnregistered(claimedId), tenant.By);
        }
        directory.ForgetUnknown();
        units.Forget(tenant.Id);
        return outcome;
    }

    /// <summary>Null where the tenant has no such device.</summary>
    public async Task<TenantOutcome?> ChangeAsync(
        RequestTenant tenant, string uniqueId, Func<DeviceId, TenantCommand> command, CancellationToken cancellationToken)
    {
        if (await FindAsync(tenant.Id, uniqueId, cancellationToken) is not { } row)
            return null;
        var device = new DeviceId(row.DeviceId);
        var outcome = await tenants.Grain(tenant.Id).DecideAsync(command(device), tenant.By);
        directory.ForgetDevice(device);
        units.Forget(tenant.Id);
        return outcome;
    }

    public async Task<DeviceRow?> FindAsync(TenantId tenant, string uniqueId, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        return await scope.Context.Devices.SingleOrDefaultAsync(d => d.UniqueId == uniqueId, cancellationToken);
    }

    /// <summary>In the order of their ids, from behind <paramref name="after"/>.</summary>
    public async Task<List<DeviceRow>> PageAsync(
        TenantId tenant, string after, int limit, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        return await scope.Context.Devices.Where(d => string.Compare(d.UniqueId, after) > 0)
            .OrderBy(d => d.UniqueId).Take(limit).ToListAsync(cancellationToken);
    }

    private async Task<bool> IsListedAsync(TenantId tenant, string claimedId, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        return await scope.Context.Unregistered.AnyAsync(u => u.ClaimedId == claimedId, cancellationToken);
    }
}
