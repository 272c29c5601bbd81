namespace FieldCrm.Dispatch.Text;

/// <summary>What stands in the audit log, by the names of its events.</summary>
public sealed class DeedWords
{
    public required string TenantAdded { get; init; }
    public required string SettingsChanged { get; init; }
    public required string EnrolmentRotated { get; init; }
    public required string DeviceRegistered { get; init; }
    public required string DeviceRenamed { get; init; }
    public required string DeviceDescribed { get; init; }
    public required string DeviceDisabled { get; init; }
    public required string DeviceEnabled { get; init; }
    public required string DeviceTokenRotated { get; init; }
    public required string DeviceTokenRevoked { get; init; }
    public required string EnrolmentAllowed { get; init; }
    public required string EnrolmentForbidden { get; init; }
    public required string UnregisteredAdmitted { get; init; }
    public required string UnregisteredForgotten { get; init; }
    public required string UserAdded { get; init; }
    public required string UserDisabled { get; init; }
    public required string UserEnabled { get; init; }
    public required string RoleChanged { get; init; }
    public required string LinkCreated { get; init; }
    public required string LinkRedeemed { get; init; }
    public required string SessionsEnded { get; init; }
    public required string SignedIn { get; init; }
    public required string SignInLocked { get; init; }
    public required string PasswordSet { get; init; }
    public required string PasskeyAdded { get; init; }
    public required string PasskeyRenamed { get; init; }
    public required string PasskeyRemoved { get; init; }
    public required string ExternalLinked { get; init; }
    public required string ExternalAccessLost { get; init; }
    public required string ExternalAccessRegained { get; init; }
    public required string TokenAdded { get; init; }
    public required string TokenRevoked { get; init; }
    public required string AlarmAcknowledged { get; init; }
    public required string DeviceHolderChanged { get; init; }
    public required string BulkLookNoticed { get; init; }
    public required string PlugPulled { get; init; }

    /// <summary>Every event with a text, for choosing.</summary>
    public IReadOnlyList<(string Kind, string Text)> All =>
    [
        (nameof(TenantAdded), TenantAdded),
        (nameof(SettingsChanged), SettingsChanged),
        (nameof(EnrolmentRotated), EnrolmentRotated),
        (nameof(DeviceRegistered), DeviceRegistered),
        (nameof(DeviceRenamed), DeviceRenamed),
        (nameof(DeviceDescribed), DeviceDescribed),
        (nameof(DeviceDisabled), DeviceDisabled),
        (nameof(DeviceEnabled), DeviceEnabled),
        (nameof(DeviceTokenRotated), DeviceTokenRotated),
        (nameof(DeviceTokenRevoked), DeviceTokenRevoked),
        (nameof(EnrolmentAllowed), EnrolmentAllowed),
        (nameof(EnrolmentForbidden), EnrolmentForbidden),
        (nameof(UnregisteredAdmitted), UnregisteredAdmitted),
        (nameof(UnregisteredForgotten), UnregisteredForgotten),
        (nameof(UserAdded), UserAdded),
        (nameof(UserDisabled), UserDisabled),
        (nameof(UserEnabled), UserEnabled),
        (nameof(RoleChanged), RoleChanged),
        (nameof(LinkCreated), LinkCreated),
        (nameof(LinkRedeemed), LinkRedeemed),
        (nameof(SessionsEnded), SessionsEnded),
        (nameof(SignedIn), SignedIn),
        (nameof(SignInLocked), SignInLocked),
        (nameof(PasswordSet), PasswordSet),
        (nameof(PasskeyAdded), PasskeyAdded),
        (nameof(PasskeyRenamed), PasskeyRenamed),
        (nameof(PasskeyRemoved), PasskeyRemoved),
        (nameof(ExternalLinked), ExternalLinked),
        (nameof(ExternalAccessLost), ExternalAccessLost),
        (nameof(ExternalAccessRegained), ExternalAccessRegained),
        (nameof(TokenAdded), TokenAdded),
        (nameof(TokenRevoked), TokenRevoked),
        (nameof(AlarmAcknowledged), AlarmAcknowledged),
        (nameof(DeviceHolderChanged), DeviceHolderChanged),
        (nameof(BulkLookNoticed), BulkLookNoticed),
        (nameof(PlugPulled), PlugPulled),
    ];

    /// <summary>An event of a newer server has its own name.</summary>
    public string Of(string kind) => All.FirstOrDefault(d => d.Kind == kind).Text ?? kind;
}
