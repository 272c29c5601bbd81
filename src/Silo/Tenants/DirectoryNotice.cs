using System.Globalization;
using FieldCrm.Core;

namespace FieldCrm.Silo.Tenants;

/// <summary>
/// What the transaction of an administrative change tells every process that remembers devices and people (NOTIFY on
/// <see cref="Channel"/>): <c>device:17</c> (what is remembered of it is stale), <c>added</c> (what was unknown may be
/// known), <c>enrolment:3</c> (the tenant's enrolment URL changed), <c>user:GUID</c>
/// (sessions of his may be over), <c>token:GUID</c>, <c>person:GUID</c> (his consent or his shift is another one).
/// </summary>
public static class DirectoryNotice
{
    public const string Channel = "fieldcrm_directory";
    public const string Added = "added";
    public const string DevicePrefix = "device:";
    public const string EnrolmentPrefix = "enrolment:";
    public const string UserPrefix = "user:";
    public const string TokenPrefix = "token:";
    public const string PersonPrefix = "person:";

    public static string Of(DeviceId device) => DevicePrefix + device;

    public static string OfEnrolment(TenantId tenant) => EnrolmentPrefix + tenant;

    public static string OfPerson(Guid user) => PersonPrefix + user.ToString("N", CultureInfo.InvariantCulture);

    public static string OfToken(Guid token) => TokenPrefix + token.ToString("N", CultureInfo.InvariantCulture);

    public static string OfUser(Guid user) => UserPrefix + user.ToString("N", CultureInfo.InvariantCulture);
}
