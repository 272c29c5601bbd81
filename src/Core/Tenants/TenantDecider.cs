using System.Collections.Immutable;

namespace FieldCrm.Core.Tenants;

/// <summary>
/// Decides what a command does to a tenant. Pure: state, facts, ids, hashes and the time come in. A command that finds
/// everything as it asks gives no events, so that it can be repeated.
/// </summary>
public static partial class TenantDecider
{
    private const int MaxTenantName = 100;

    public static TenantOutcome Decide(TenantState state, TenantFacts facts, TenantCommand command, UtcMicros now) =>
        command switch
        {
            AddTenant add => Add(state, facts, add),
            ChangeSettings change => Change(state, change),
            RotateEnrolment rotate => new EnrolmentRotated(rotate.TokenHash),
            RegisterDevices register => Register(state, facts, register),
            ChangeDevice change => Change(facts, change),
            HoldDevice hold => Hold(facts, hold),
            RenameDevice rename => Rename(facts, rename),
            DisableDevice disable => WithDevice(facts, disable.Device, d => d.IsDisabled ? null : new DeviceDisabled(d.Id)),
            EnableDevice enable => WithDevice(facts, enable.Device, d => d.IsDisabled ? new DeviceEnabled(d.Id) : null),
            RotateDeviceToken rotate => WithDevice(facts, rotate.Device, d => new DeviceTokenRotated(d.Id, rotate.TokenHash)),
            RevokeDeviceToken revoke => WithDevice(facts, revoke.Device, d => d.HasToken ? new DeviceTokenRevoked(d.Id) : null),
            AllowEnrolment allow => Allow(facts, allow),
            AdmitDevice admit => Admit(state, facts, admit),
            NoteUnregistered note => Note(state, facts, note),
            ForgetUnregistered forget => facts.ListedClaims.Contains(forget.ClaimedId)
                ? new UnregisteredForgotten(forget.ClaimedId) : TenantOutcome.Nothing,
            AddUser add => Add(state, facts, add),
            DisableUser disable => Disable(facts, disable),
            CreateLink create => Create(facts, create, now),
            RedeemLink redeem => Redeem(facts, redeem, now),
            EnableUser => WithUser(facts, u => u.IsDisabled ? new UserEnabled(u.UserId) : TenantOutcome.Nothing),
            ChangeRole change => Change(facts, change),
            EndSessions => WithUser(facts, u => new SessionsEnded(u.UserId)),
            BeginPasswordTry => Begin(facts, now),
            NotePasswordFailed => Failed(facts, now),
            CompleteSignIn complete => Complete(facts, complete),
            SetPassword set => WithOwnSecrets(facts, u => new PasswordSet(u.UserId) { PasswordHash = set.PasswordHash }),
            AddPasskey add => Add(facts, add),
            RenamePasskey rename => Rename(facts, rename),
            RemovePasskey remove => facts.IsPasskeyKnown ? new PasskeyRemoved(remove.UserId, remove.CredentialId) : UnknownPasskey,
            SignInExternal external => SignIn(state, facts, external),
            AddToken add => Add(facts, add, now),
            RevokeToken revoke => Revoke(facts, revoke),
            NoteTokenUsed used => facts.Token is { IsRevoked: false } ? new TokenUsed(used.TokenId) : TenantOutcome.Nothing,
            NoteBulkLook note => new BulkLookNoticed(note.People, note.WithinMinutes),
            ReportAlarm report => Report(facts, report),
            AcknowledgeAlarm acknowledge => Acknowledge(facts, acknowledge),
            PullPlug pull => new PlugPulled(pull.ProcessId),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, "No such command."),
        };

    private static TenantOutcome Add(TenantState state, TenantFacts facts, AddTenant add)
    {
        if (state.Id.Value != 0)
            return TenantOutcome.Refused("tenant.not-operator", "Only the operator adds tenants.");
        if (!IsName(add.Name, MaxTenantName))
            return TenantOutcome.Refused("tenant.name-invalid", $"A tenant's name has 1 to {MaxTenantName} characters, none of them control characters, no space at either end.");
        return facts.IsTenantNameTaken
            ? TenantOutcome.Refused("tenant.name-taken", "There is a tenant of this name: choose another.")
            : new TenantAdded(add.Tenant, add.Name);
    }

    private static TenantOutcome Change(TenantState state, ChangeSettings change)
    {
        if (change.Settings.Validate() is { } refusal)
            return refusal;
        return change.Settings == state.Settings ? TenantOutcome.Nothing : new SettingsChanged(change.Settings);
    }

    private static TenantOutcome Report(TenantFacts facts, ReportAlarm report)
    {
        if (facts.Alarm is { } known && known.SourceVersion >= report.SourceVersion)
            return TenantOutcome.Nothing;
        if (report.IsWithdrawn) // withdrawn already or not: the version counts, or one between the two would raise it when it comes late
            return new AlarmWithdrawn(report);
        return facts.Alarm is { IsWithdrawn: false } ? new AlarmCorrected(report) : new AlarmRaised(report);
    }

    private static TenantOutcome Acknowledge(TenantFacts facts, AcknowledgeAlarm acknowledge) => facts.Alarm switch
    {
        null => TenantOutcome.Refused("alarm.unknown", "There is no such alarm in this tenant."),
        { IsAcknowledged: true } => TenantOutcome.Nothing,
        { IsWithdrawn: true } => TenantOutcome.Refused("alarm.withdrawn", "The alarm was withdrawn: there is nothing to acknowledge."),
        { } open => new AlarmAcknowledged(acknowledge.AlarmId, open.Device),
    };

    private static bool IsName(string text, int longest) => OneLine.Is(text, longest);
}
