using System.Threading.Channels;
using FieldCrm.Core;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.People;

/// <summary>
/// Tells <see cref="LastPositions"/> which people are on shift; who is not told to be is not shown. One reader after the
/// other, so that what was read later stands. Whoever hears the notices of administrative changes asks for it, and for
/// everybody when notices may have been lost.
/// </summary>
public sealed partial class PersonVisibility(
    FieldCrmDatabase database, LastPositions positions, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time,
    ILogger<PersonVisibility> logger) : BackgroundService
{
    private const int MaxWaiting = 1_024;
    private const int PageDevices = 1_000;

    private static readonly TimeSpan PauseAfterLoss = TimeSpan.FromSeconds(1);

    // Then who is meant.
    private const string Sql = $"SELECT d.device_id, d.tenant_id, s.started_at {PersonOnShift.From} AND";

    private readonly Channel<Who> _asked =
        Channel.CreateBounded<Who>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private int _isEverybodyAsked;

    /// <summary>Neither: everybody.</summary>
    private readonly record struct Who(Guid? User, DeviceId? Device);

    public void Refresh(Guid user) => Ask(new Who(user, null));

    public void Refresh(DeviceId device) => Ask(new Who(null, device));

    public void RefreshAll()
    {
        Interlocked.Exchange(ref _isEverybodyAsked, 1);
        _asked.Writer.TryWrite(default);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var who in _asked.Reader.ReadAllAsync(stoppingToken))
        {
            while (!await TryAsync(who, stoppingToken))
                await Task.Delay(PauseAfterLoss, time, stoppingToken);
        }
    }

    // A full channel is emptied by a look at everybody.
    private void Ask(Who who)
    {
        if (!_asked.Writer.TryWrite(who) || _asked.Reader.Count >= MaxWaiting)
            Interlocked.Exchange(ref _isEverybodyAsked, 1);
    }

    private async Task<bool> TryAsync(Who who, CancellationToken cancellationToken)
    {
        var isEverybody = Interlocked.Exchange(ref _isEverybodyAsked, 0) == 1;
        try
        {
            if (isEverybody)
                await ShowAllAsync(cancellationToken);
            else if (who.User is { } user)
                await ShowAsync("d.holder_id = $2", new NpgsqlParameter { Value = user, NpgsqlDbType = NpgsqlDbType.Uuid }, cancellationToken);
            else if (who.Device is { } device)
                await ShowAsync("d.device_id = $2", Number(device.Value), cancellationToken);
            return true;
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException)
        {
            if (isEverybody)
                Interlocked.Exchange(ref _isEverybodyAsked, 1);
            LogNotRead(away.GetType().Name);
            return false;
        }
    }

    private async Task ShowAllAsync(CancellationToken cancellationToken)
    {
        int? after = int.MinValue;
        while (after is { } from)
            after = await ShowAsync($"d.device_id > $2 ORDER BY d.device_id LIMIT {PageDevices}", Number(from), cancellationToken);
    }

    /// <returns>The last device of a full page.</returns>
    private async Task<int?> ShowAsync(string where, NpgsqlParameter value, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand($"{Sql} {where}");
        command.Parameters.Add(PersonOnShift.Began(time.GetUtcNow()));
        command.Parameters.Add(value);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var (count, last) = (0, 0);
        for (; await row.ReadAsync(cancellationToken); count++)
        {
            last = row.GetInt32(0);
            UtcMicros? from = row.IsDBNull(2) ? null : UtcMicros.From(new DateTimeOffset(row.GetDateTime(2), TimeSpan.Zero));
            positions.SetShift(new TenantId(row.GetInt32(1)), new DeviceId(last), from);
        }
        return count == PageDevices ? last : null;
    }

    private static NpgsqlParameter Number(int value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Integer };

    [LoggerMessage(2610, LogLevel.Warning, "Who is on shift could not be read ({Exception}) and is asked for again")]
    private partial void LogNotRead(string exception);
}
