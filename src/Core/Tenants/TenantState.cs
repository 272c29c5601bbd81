namespace FieldCrm.Core.Tenants;

/// <summary>
/// What a tenant's decisions depend on besides the few rows a command names (<see cref="TenantFacts"/>): counts, never
/// the 100,000 devices themselves.
/// </summary>
public sealed record TenantState
{
    public required TenantId Id { get; init; }

    public required string Name { get; init; }

    public TenantSettings Settings { get; init; } = TenantSettings.Default;

    /// <summary>An enrolment URL was issued.</summary>
    public bool HasEnrolment { get; init; }

    public int DeviceCount { get; init; }

    public int UserCount { get; init; }

    public int UnregisteredCount { get; init; }

    /// <summary>Sightings that the full list had no room for, since this state was loaded.</summary>
    public long NotListedCount { get; init; }

    public TenantState Apply(TenantEvent happened) => happened switch
    {
        SettingsChanged changed => this with { Settings = changed.Settings },
        EnrolmentRotated => this with { HasEnrolment = true },
        DeviceRegistered => this with { DeviceCount = DeviceCount + 1 },
        UserAdded => this with { UserCount = UserCount + 1 },
        UnregisteredListed => this with { UnregisteredCount = UnregisteredCount + 1 },
        UnregisteredAdmitted or UnregisteredForgotten => this with { UnregisteredCount = UnregisteredCount - 1 },
        UnregisteredNotListed more => this with { NotListedCount = NotListedCount + more.Count },
        _ => this,
    };
}
