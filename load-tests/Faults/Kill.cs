using FieldCrm.Silo;

namespace FieldCrm.LoadTests.Faults;

internal enum Victim
{
    /// <summary>The server, held at a named place.</summary>
    ServerAtFailpoint,

    /// <summary>The server, wherever it is.</summary>
    Server,

    /// <summary>The postmaster, and with it every backend.</summary>
    Postgres,
}

/// <summary>What one run kills, and when.</summary>
/// <param name="Failpoint">One of <see cref="Failpoints.All"/> with <see cref="Victim.ServerAtFailpoint"/>, else null.</param>
internal sealed record Kill(Victim Victim, string? Failpoint)
{
    private const int RoundsOfAll = 5;
    private const int RandomARound = 4;
    private const int PostgresARound = 4;

    /// <summary>As it stands in the figures.</summary>
    public string Name => Failpoint ?? (Victim == Victim.Server ? "server.random" : "postgres");

    public static Kill At(string failpoint) => new(Victim.ServerAtFailpoint, failpoint);

    /// <summary>
    /// The whole series: every named place 5 times, the server 20 times at random, PostgreSQL 20 times; mixed, so that a
    /// part of it says something about all.
    /// </summary>
    public static IReadOnlyList<Kill> Series { get; } =
    [
        .. Enumerable.Range(0, RoundsOfAll).SelectMany(_ => Failpoints.All.Select(At)
            .Concat(Enumerable.Repeat(new Kill(Victim.Server, null), RandomARound))
            .Concat(Enumerable.Repeat(new Kill(Victim.Postgres, null), PostgresARound))),
    ];

    public override string ToString() => Name;
}
