namespace FieldCrm.Silo.Tests.RowSecurity;

/// <summary>What a request may see of a table.</summary>
internal enum TableClass
{
    /// <summary>Has a tenant; requests see their tenant's rows.</summary>
    TenantRead,

    /// <summary>Has a tenant; requests see nothing of it.</summary>
    TenantHidden,

    /// <summary>Has no tenant and is the same for everybody; requests read it.</summary>
    Shared,

    /// <summary>Has no tenant; requests see nothing of it.</summary>
    Internal,
}

/// <summary>Every table of the schema. A new table belongs in here, with a thought about who may read it.</summary>
internal static class TableClasses
{
    public static readonly IReadOnlyDictionary<string, TableClass> All = new Dictionary<string, TableClass>
    {
        ["tenant"] = TableClass.TenantRead,
        ["device"] = TableClass.TenantRead,
        ["app_user"] = TableClass.TenantRead,
        ["unregistered"] = TableClass.TenantRead,
        ["quarantine"] = TableClass.TenantRead,
        ["alarm"] = TableClass.TenantRead,
        ["unit_availability"] = TableClass.TenantRead,
        ["device_event"] = TableClass.TenantRead,
        ["fix"] = TableClass.TenantRead,
        ["fix_mark"] = TableClass.TenantRead,
        ["device_snapshot"] = TableClass.TenantRead,
        ["event"] = TableClass.TenantRead,
        ["event_payload"] = TableClass.TenantRead,
        ["seal"] = TableClass.TenantRead,
        ["seal_leaf"] = TableClass.TenantRead,
        ["user_passkey"] = TableClass.TenantRead,
        ["user_external"] = TableClass.TenantRead,
        ["api_token"] = TableClass.TenantRead,
        ["person_consent"] = TableClass.TenantRead,
        ["person_shift"] = TableClass.TenantRead,
        ["person_look"] = TableClass.TenantRead,
        ["person_erasure"] = TableClass.TenantRead,
        ["one_time_link"] = TableClass.TenantHidden,
        ["user_login"] = TableClass.TenantHidden,
        ["device_checkpoint"] = TableClass.TenantHidden,
        ["refold_mark"] = TableClass.TenantHidden,
        ["outbox"] = TableClass.TenantHidden,
        ["due"] = TableClass.TenantHidden,
        ["instance"] = TableClass.Shared,
        ["data_protection_key"] = TableClass.Shared,
        ["silo"] = TableClass.Internal,
        ["silo_lane"] = TableClass.Internal,
        ["schema_migration"] = TableClass.Internal,
    };

    /// <summary>A leaf of <c>fix</c>: reached through its parent only.</summary>
    public static bool IsLeaf(string table) => table.StartsWith("fix_2", StringComparison.Ordinal);
}
