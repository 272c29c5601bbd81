using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using FieldCrm.Core.People;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Feed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FieldCrm.Silo.People;

/// <summary>Loads, asks the <see cref="PersonDecider"/>, commits, applies.</summary>
internal sealed partial class PersonGrain(
    PersonReader reader, ICommitLanes lanes, FeedSignal feed,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<PersonGrain> logger)
    : Grain, IPersonGrain
{
    private CommittedState<StoredPerson> Committed => field ??= new CommittedState<StoredPerson>(lanes, feed, LaneKey);

    private Guid User => this.GetPrimaryKey();

    // Lanes are chosen by a number; any half of a random id will do.
    private long LaneKey => BitConverter.ToInt64(User.ToByteArray(), 8);

    public async Task<PersonState?> GetStateAsync() => (await LoadedAsync())?.State;

    public async Task<PersonOutcome> DecideAsync(PersonCommand command, Actor by)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await LoadedAsync() is not { } stored)
                return new Failure("user.unknown", "There is no such user.");
            var now = UtcMicros.From(time.GetUtcNow());
            var outcome = PersonDecider.Decide(stored.State, command, now);
            outcome = outcome with { Events = [.. outcome.Events.Select(happened => happened with { By = by })] };
            if (outcome.Events.IsEmpty)
                return outcome;
            if (await TryCommitAsync(stored, outcome.Events, now, attempt))
                return outcome;
            LogConflict(User, command.GetType().Name, attempt);
        }
    }

    private Task<bool> TryCommitAsync(StoredPerson stored, ImmutableArray<PersonEvent> events, UtcMicros now, int attempt)
    {
        var entries = Entries(stored, events, now);
        var unit = new CommitUnit { Tenant = stored.Tenant, Events = entries, Statements = PersonStatements.Of(stored.Tenant, User, events) };
        var state = events.Aggregate(stored.State, (before, happened) => before.Apply(happened));
        return Committed.TryCommitAsync(unit, stored with { State = state, Head = entries[^1].Head }, attempt);
    }

    private ImmutableArray<EventEntry> Entries(StoredPerson stored, ImmutableArray<PersonEvent> events, UtcMicros now)
    {
        var entries = ImmutableArray.CreateBuilder<EventEntry>(events.Length);
        var (stream, head) = (StreamName.OfPerson(User), stored.Head);
        foreach (var happened in events)
        {
            var type = happened.GetType();
            var entry = EventChain.Append(
                head, stored.Tenant, stream, type.Name, JsonSerializer.Serialize(happened, type, PersonJson.Default), now,
                RandomNumberGenerator.GetBytes(EventChain.SaltBytes));
            entries.Add(entry);
            head = entry.Head;
        }
        return entries.MoveToImmutable();
    }

    // A barrier writes nothing, so whose it is does not matter.
    private Task<StoredPerson?> LoadedAsync() => Committed.LoadedAsync(new TenantId(0), () => reader.LoadAsync(User));

    [LoggerMessage(2600, LogLevel.Information, "Person {UserId}: {Command} met a conflict (attempt {Attempt}) and is decided again")]
    private partial void LogConflict(Guid userId, string command, int attempt);
}
