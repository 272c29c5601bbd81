using System.Collections.Immutable;

namespace FieldCrm.Core.Tenants;

/// <summary>What a person may do in the tenant; stored and signed into sessions by these words.</summary>
public static class UserRole
{
    public const string Admin = "admin";
    public const string Dispatcher = "dispatcher";
    public const string Technician = "technician";
    public const string Author = "author";
    public const string Partner = "partner";
    public const string Customer = "customer";
    public const string Sales = "sales";
    public const string Auditor = "auditor";

    public static readonly ImmutableArray<string> All =
        [Admin, Dispatcher, Technician, Author, Partner, Customer, Sales, Auditor];
}
