using System.Globalization;
using FieldCrm.Core;
using FieldCrm.Hub.People;
using FieldCrm.Silo;
using FieldCrm.Silo.People;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Tenants;
using Npgsql;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// Takes in what administrative transactions announce, and proves every second that it still would: an answer on this
/// connection comes after every notice sent before it.
/// </summary>
internal sealed partial class DirectoryListener(
    FieldCrmDatabase database, DeviceDirectory devices, DeviceNames names, UserDirectory users, TokenDirectory tokens,
    SessionEndings sessions, ShiftDirectory shifts, PersonalUnits people, PersonVisibility visibility,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<DirectoryListener> logger) : BackgroundService
{
    private static readonly TimeSpan ProofInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterLoss = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (Exception lost) when (lost is NpgsqlException or TimeoutException or IOException or InvalidOperationException)
            {
                LogLost(lost.GetType().Name);
                await Task.Delay(PauseAfterLoss, time, stoppingToken);
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.Api.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, notice) => Take(notice.Payload);
        await ExecuteAsync(connection, $"LISTEN {DirectoryNotice.Channel}", cancellationToken);
        devices.BeginLife();
        names.ForgetAll();
        users.ForgetAll();
        shifts.BeginLife();
        people.Forget();
        visibility.RefreshAll();
        while (true)
        {
            var asked = time.GetTimestamp();
            await ExecuteAsync(connection, "SELECT 1", cancellationToken);
            devices.Confirm(asked);
            shifts.Confirm(asked);
            while (time.GetElapsedTime(asked) < ProofInterval && await connection.WaitAsync(ProofInterval, cancellationToken))
            {
                // Take() did the work.
            }
        }
    }

    private void Take(string notice)
    {
        if (notice == DirectoryNotice.Added)
            devices.ForgetUnknown();
        else if (TryId(notice, DirectoryNotice.DevicePrefix, out var device))
            ForgetDevice(new DeviceId(device));
        else if (TryId(notice, DirectoryNotice.EnrolmentPrefix, out var tenant))
            devices.ForgetEnrolment(new TenantId(tenant));
        else if (TryGuid(notice, DirectoryNotice.UserPrefix, out var user))
            EndSessions(user);
        else if (TryGuid(notice, DirectoryNotice.TokenPrefix, out var token))
            EndToken(token);
        else if (TryGuid(notice, DirectoryNotice.PersonPrefix, out var person))
            ForgetShifts(person);
    }

    private void ForgetShifts(Guid person)
    {
        shifts.Forget(person);
        people.Forget();
        visibility.Refresh(person);
    }

    private void EndSessions(Guid user)
    {
        ForgetShifts(user); // who may not sign in is on no shift
        users.Forget(user);
        sessions.Hear(new SessionEnded(User: user));
    }

    private void EndToken(Guid token)
    {
        tokens.Forget(token);
        sessions.Hear(new SessionEnded(Token: token));
    }

    private void ForgetDevice(DeviceId device)
    {
        devices.ForgetDevice(device);
        names.Forget(device);
        people.Forget();
        visibility.Refresh(device);
        sessions.Hear(new SessionEnded(Device: device));
    }

    private static bool TryGuid(string notice, string prefix, out Guid id)
    {
        id = default;
        return notice.StartsWith(prefix, StringComparison.Ordinal) && Guid.TryParse(notice.AsSpan(prefix.Length), out id);
    }

    private static bool TryId(string notice, string prefix, out int id)
    {
        id = 0;
        return notice.StartsWith(prefix, StringComparison.Ordinal)
            && int.TryParse(notice.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out id);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 3 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(4010, LogLevel.Warning, "Notices of administrative changes are not heard ({Exception}); what is remembered ages")]
    private partial void LogLost(string exception);
}
