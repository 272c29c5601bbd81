using System.Collections.Immutable;
using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tenants;

public static partial class TenantDecider
{
    private const int MaxDeviceId = 128;
    private const int MaxDeviceName = 200;
    private const int MaxProtocol = 32;

    /// <summary>Null for an id that a device can be registered or listed under, else <c>device.id-invalid</c>.</summary>
    public static Failure? ValidateDeviceId(string uniqueId) =>
        !IsName(uniqueId, MaxDeviceId)
            ? new Failure("device.id-invalid", $"A device's id has 1 to {MaxDeviceId} characters, none of them control characters, no space at either end.")
        : !CanStandInPath(uniqueId)
            ? new Failure("device.id-invalid", "A device's id stands in addresses: it cannot be . or .. and cannot hold %2F.")
        : null;

    // Clients resolve dots before they ask, and a server hands on an encoded slash as it came: both would name another device.
    private static bool CanStandInPath(string uniqueId) =>
        uniqueId is not ("." or "..") && !uniqueId.Contains("%2F", StringComparison.OrdinalIgnoreCase);

    private static TenantOutcome Register(TenantState state, TenantFacts facts, RegisterDevices register)
    {
        if (register.Devices.Length > RegisterDevices.MaxDevices)
            return TenantOutcome.Refused("device.too-many", $"At most {RegisterDevices.MaxDevices} devices at once.");
        var known = facts.Devices.Select(d => d.UniqueId).ToHashSet(StringComparer.Ordinal);
        var bareIds = facts.TakenBareIds.ToHashSet(StringComparer.Ordinal);
        var events = ImmutableArray.CreateBuilder<TenantEvent>(register.Devices.Length);
        foreach (var device in register.Devices)
        {
            if (Validate(device) is { } invalid)
                return invalid;
            if (!known.Add(device.UniqueId))
            {
                if (register.SkipKnown)
                    continue;
                return TenantOutcome.Refused("device.id-taken", "A device of this id is registered in this tenant.");
            }
            if (device.BareId is { } bare && !bareIds.Add(bare))
                return TenantOutcome.Refused("device.bare-id-taken", "A device of this instance reports under this id without a secret.");
            events.Add(Registered(device));
        }
        if (state.DeviceCount + events.Count > state.Settings.MaxDevices)
            return QuotaReached(state);
        return TenantOutcome.Of(events.DrainToImmutable());
    }

    private static TenantOutcome Rename(TenantFacts facts, RenameDevice rename)
    {
        if (!IsName(rename.Name, MaxDeviceName))
            return InvalidDeviceName;
        return WithDevice(facts, rename.Device, d => d.Name == rename.Name ? null : new DeviceRenamed(d.Id, rename.Name));
    }

    private static TenantOutcome Change(TenantFacts facts, ChangeDevice change)
    {
        if (change.Name is { } name && !IsName(name, MaxDeviceName))
            return InvalidDeviceName;
        if (change.Phone is { Length: > 0 } phone && !PhoneNumber.IsValid(phone))
            return PhoneNumber.Invalid;
        if (facts.Devices.FirstOrDefault(d => d.Id == change.Device) is not { } device)
            return UnknownDevice;
        var kind = change.Kind ?? device.Kind;
        if (kind != UnitKind.Person && device.Holder is not null)
            return HasHolder;
        var reachedAt = change.Phone is null ? device.Phone : change.Phone.Length == 0 ? null : change.Phone;
        var events = ImmutableArray.CreateBuilder<TenantEvent>();
        if (change.Name is { } wanted && wanted != device.Name)
            events.Add(new DeviceRenamed(device.Id, wanted));
        if (kind != device.Kind || reachedAt != device.Phone)
            events.Add(new DeviceDescribed(device.Id, kind, reachedAt));
        return TenantOutcome.Of(events.DrainToImmutable());
    }

    private static TenantOutcome Hold(TenantFacts facts, HoldDevice hold)
    {
        if (facts.Devices.FirstOrDefault(d => d.Id == hold.Device) is not { } device)
            return UnknownDevice;
        if (hold.UserId is not null && facts.User is null)
            return UnknownUser;
        if (device.Holder == hold.UserId)
            return TenantOutcome.Nothing;
        if (device.Kind != UnitKind.Person)
            return TenantOutcome.Refused("device.not-person", "Only a device of the kind person is somebody's own: change its kind first.");
        if (device.Holder is not null && facts.IsHolderOnShift)
            return TenantOutcome.Refused("device.holder-on-shift", "Whoever carries it is on shift: wait until he ends it.");
        if (device.Holder is not null && facts.HasPositions)
        {
            return TenantOutcome.Refused(
                "device.holder-has-positions", "Positions of whoever carries it are stored: register another device, or have him delete them first.");
        }
        return new DeviceHolderChanged(device.Id, hold.UserId);
    }

    private static TenantOutcome Allow(TenantFacts facts, AllowEnrolment allow) =>
        WithDevice(facts, allow.Device, d => (d.AcceptsEnrolment, allow.IsAllowed) switch
        {
            (false, true) => new EnrolmentAllowed(d.Id),
            (true, false) => new EnrolmentForbidden(d.Id),
            _ => null,
        });

    private static TenantOutcome Admit(TenantState state, TenantFacts facts, AdmitDevice admit)
    {
        var claimed = admit.Device.UniqueId;
        if (!facts.ListedClaims.Contains(claimed))
            return TenantOutcome.Refused("unregistered.unknown", "No unregistered device reported under this id.");
        if (facts.Devices.FirstOrDefault(d => d.UniqueId == claimed) is { } registered)
        {
            // Whoever admits it as a person's believes that nothing is taken in without a yes.
            if (admit.Device.Kind == UnitKind.Person && registered.Kind != UnitKind.Person)
                return TenantOutcome.Refused("device.kind-differs", "This id is registered already, and not as a person's: change its kind first.");
            var admitted = new UnregisteredAdmitted(claimed, registered.Id);
            return registered.AcceptsEnrolment
                ? admitted
                : TenantOutcome.Of(new EnrolmentAllowed(registered.Id), admitted);
        }
        if (Validate(admit.Device) is { } invalid)
            return invalid;
        if (state.DeviceCount >= state.Settings.MaxDevices)
            return QuotaReached(state);
        return TenantOutcome.Of(
            Registered(admit.Device with { AcceptsEnrolment = true }),
            new UnregisteredAdmitted(claimed, admit.Device.Id));
    }

    private static TenantOutcome Note(TenantState state, TenantFacts facts, NoteUnregistered note)
    {
        if (note.Sightings.Length > NoteUnregistered.MaxSightings)
            return TenantOutcome.Refused("unregistered.too-many", $"At most {NoteUnregistered.MaxSightings} sightings at once.");
        var listed = facts.ListedClaims.ToHashSet(StringComparer.Ordinal);
        var room = state.Settings.MaxUnregistered - state.UnregisteredCount;
        var notListed = 0;
        var events = ImmutableArray.CreateBuilder<TenantEvent>(note.Sightings.Length);
        foreach (var seen in note.Sightings)
        {
            // What could not be registered is of no use on the list.
            if (ValidateDeviceId(seen.ClaimedId) is not null || !IsName(seen.Protocol, MaxProtocol))
                continue;
            if (listed.Contains(seen.ClaimedId))
            {
                events.Add(new UnregisteredSeenAgain(seen.ClaimedId, seen.Protocol, seen.LastSeenAt, seen.RequestCount));
            }
            else if (room > 0)
            {
                room--;
                listed.Add(seen.ClaimedId);
                events.Add(new UnregisteredListed(
                    seen.ClaimedId, seen.Protocol, seen.FirstSeenAt, seen.LastSeenAt, seen.RequestCount));
            }
            else
            {
                notListed++;
            }
        }
        if (notListed > 0)
            events.Add(new UnregisteredNotListed(notListed));
        return TenantOutcome.Of(events.DrainToImmutable());
    }

    private static TenantOutcome WithDevice(TenantFacts facts, DeviceId id, Func<KnownDevice, TenantEvent?> decide)
    {
        if (facts.Devices.FirstOrDefault(d => d.Id == id) is not { } device)
            return UnknownDevice;
        return decide(device) is { } happened ? happened : TenantOutcome.Nothing;
    }

    /// <summary>Null for a device that can be registered, else <c>device.id-invalid</c>, <c>device.name-invalid</c> or <c>device.phone-invalid</c>.</summary>
    public static Failure? Validate(NewDevice device)
    {
        if (ValidateDeviceId(device.UniqueId) is { } invalid)
            return invalid;
        if (device.BareId is { } bare && ValidateDeviceId(bare) is { } invalidBare)
            return invalidBare;
        if (!IsName(device.Name, MaxDeviceName))
            return InvalidDeviceName;
        return device.Phone is { } phone && !PhoneNumber.IsValid(phone) ? PhoneNumber.Invalid : null;
    }

    private static DeviceRegistered Registered(NewDevice device) => new(
        device.Id, device.UniqueId, device.Name, device.TokenHash, device.AcceptsEnrolment, device.BareId, device.Kind, device.Phone);

    private static Failure QuotaReached(TenantState state) =>
        new("device.quota-reached", $"The tenant may have {state.Settings.MaxDevices} devices and has {state.DeviceCount}.");

    private static readonly Failure HasHolder = new("device.has-holder", "Somebody carries it: what is stored of a person stays a person's.");

    private static readonly Failure UnknownDevice = new("device.unknown", "There is no such device in this tenant.");

    private static readonly Failure InvalidDeviceName =
        new("device.name-invalid", $"A device's name has 1 to {MaxDeviceName} characters, none of them control characters, no space at either end.");
}
