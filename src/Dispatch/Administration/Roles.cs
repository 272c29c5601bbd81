using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Administration;

/// <summary>The roles as the server spells them, in the order of SECURITY.md's table, and as the reader does.</summary>
public static class Roles
{
    public static readonly IReadOnlyList<string> All = ["admin", "dispatcher", "technician", "author", "partner", "customer", "sales", "auditor"];

    public static string Name(string role, Words words) => role switch
    {
        "admin" => words.Admin.RoleAdmin,
        "dispatcher" => words.Admin.RoleDispatcher,
        "technician" => words.Admin.RoleTechnician,
        "author" => words.Admin.RoleAuthor,
        "partner" => words.Admin.RolePartner,
        "customer" => words.Admin.RoleCustomer,
        "sales" => words.Admin.RoleSales,
        "auditor" => words.Admin.RoleAuditor,
        "operator" => words.Admin.RoleOperator,
        _ => role,
    };

    /// <summary>What it is for, in a sentence.</summary>
    public static string Purpose(string role, Words words) => role switch
    {
        "admin" => words.Admin.RoleAdminMay,
        "dispatcher" => words.Admin.RoleDispatcherMay,
        "auditor" => words.Admin.RoleAuditorMay,
        _ => words.Admin.RoleOtherMay,
    };
}
