using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Hub.Identity;
using FieldCrm.Silo;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.People;

/// <summary>
/// People's shifts as a fix's path needs them: from memory as a rule. A change is forgotten by the notice of its own
/// transaction; while notices may be lost, nothing older than 5 s is believed. What cannot be known is an exception and
/// never "off shift": the device is asked to send again, and nothing is stored.
/// </summary>
internal sealed class ShiftDirectory(FieldCrmDatabase database, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    /// <summary>People who report at one time; with a year of shifts each some 400 MB, with thirty days 20 MB.</summary>
    private const int MaxKnown = 20_000;

    private const int LookupsAtOnce = 16;
    private const int MaxWaiting = 2_048;

    // A shift counts while the consent that it was begun under stands and its user may sign in.
    private const string Sql =
        """
        SELECT s.started_at, s.ended_at, c.retention_days FROM person_shift s
        JOIN person_consent c ON c.user_id = s.user_id AND c.answered_at = s.consent_at AND c.withdrawn_at IS NULL
        JOIN app_user u ON u.user_id = s.user_id AND u.disabled_at IS NULL
        WHERE s.user_id = $1 ORDER BY s.started_at DESC LIMIT $2
        """;

    private readonly GenerationalCache<Guid, Entry> _known = new(MaxKnown);
    private readonly NoticeFreshness _freshness = new(time);
    private readonly SemaphoreSlim _gate = new(LookupsAtOnce);
    private int _waiting;

    // Moved by every notice: what was being read meanwhile is answered and not remembered.
    private long _changes;

    /// <exception cref="NpgsqlException">Not known, and the database does not answer.</exception>
    /// <exception cref="TimeoutException">The same, or more is asked than it can answer.</exception>
    public ValueTask<ShiftBook> OfAsync(TenantId tenant, Guid person, CancellationToken cancellationToken) =>
        _known.Find(person) is { } known && known.Tenant == tenant && _freshness.IsFresh(known.Read)
            ? new ValueTask<ShiftBook>(known.Book)
            : new ValueTask<ShiftBook>(ReadInTurnAsync(tenant, person, cancellationToken));

    public void Forget(Guid person)
    {
        Interlocked.Increment(ref _changes);
        _known.Remove(person);
    }

    /// <inheritdoc cref="NoticeFreshness.BeginLife"/>
    public void BeginLife()
    {
        _freshness.BeginLife();
        Interlocked.Increment(ref _changes);
    }

    /// <inheritdoc cref="NoticeFreshness.Confirm"/>
    public void Confirm(long timestamp) => _freshness.Confirm(timestamp);

    private async Task<ShiftBook> ReadInTurnAsync(TenantId tenant, Guid person, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new TimeoutException("Too many look-ups are waiting.");
        }
        try
        {
            await _gate.WaitAsync(cancellationToken);
            try
            {
                var changes = Volatile.Read(ref _changes);
                var read = _freshness.Now();
                var book = await ReadAsync(tenant, person, cancellationToken);
                _known.Set(person, new Entry(tenant, read, book));
                if (Volatile.Read(ref _changes) != changes)
                    _known.Remove(person);
                return book;
            }
            finally
            {
                _gate.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async Task<ShiftBook> ReadAsync(TenantId tenant, Guid person, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        await using var command = new NpgsqlCommand(Sql, scope.Connection, scope.Transaction);
        command.Parameters.Add(new NpgsqlParameter { Value = person, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new NpgsqlParameter { Value = ShiftBook.MaxShifts, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var shifts = new List<Shift>();
        while (await row.ReadAsync(cancellationToken))
            shifts.Add(new Shift(Time(row, 0), row.IsDBNull(1) ? null : Time(row, 1)) { PromisedDays = row.GetInt32(2) });
        shifts.Reverse();
        return shifts.Count == 0 ? ShiftBook.Empty : new ShiftBook([.. shifts]);
    }

    private static UtcMicros Time(NpgsqlDataReader row, int column) => UtcMicros.From(new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero));

    private sealed record Entry(TenantId Tenant, NoticeFreshness.Moment Read, ShiftBook Book);
}
