namespace FieldCrm.Core.Tenants;

/// <summary>
/// Who did it: stored with every event of a tenant's stream. An id and no name, so that the ledger needs no erasing
/// when a person does. An event without one is older than this record.
/// </summary>
/// <param name="Kind">One of <see cref="ActorKind"/>.</param>
/// <param name="Id">The user's or the API token's id; of an operator who signed in, his in the operator's tenant; null for the others.</param>
public sealed record Actor(string Kind, Guid? Id = null)
{
    /// <summary>The product itself: what a device's report, a due time or a first start brings about.</summary>
    public static readonly Actor System = new(ActorKind.System);

    /// <summary>Whoever holds the instance's credential: the command line.</summary>
    public static readonly Actor Operator = new(ActorKind.Operator);

    public static Actor User(Guid id) => new(ActorKind.User, id);

    /// <summary>A person who operates the instance, in whichever tenant it was.</summary>
    public static Actor OperatorOf(Guid id) => new(ActorKind.Operator, id);

    public static Actor Token(Guid id) => new(ActorKind.Token, id);
}

public static class ActorKind
{
    public const string User = "user";
    public const string Token = "token";
    public const string Operator = "operator";
    public const string System = "system";
}
