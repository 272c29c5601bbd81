using System.Text.Json;
using System.Text.Json.Serialization;

namespace FieldCrm.Dispatch.Api;

// What administration says over HTTP; the server's own names.

public sealed record UserView(Guid Id, string Name, string Role, bool IsDisabled, bool IsExternal, int PasskeyCount, DateTimeOffset CreatedAt);

public sealed record UserPage(IReadOnlyList<UserView> Users, string? NextCursor);

public sealed record UserToAdd(string Name, string Role);

public sealed record RoleToGive(string Role);

/// <summary>Signs somebody in once.</summary>
public sealed record LinkAnswer(string User, string Role, string Url, DateTimeOffset ExpiresAt);

/// <param name="MadeByName">Absent for an operator.</param>
public sealed record TokenView(
    Guid Id, string Name, string Role, string? MadeByName, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt);

public sealed record TokenPage(IReadOnlyList<TokenView> Tokens, string? NextCursor);

public sealed record TokenToAdd(string Name, string Role, int Days);

public sealed record TokenMade(Guid Id, string Name, string Role, string Token, DateTimeOffset ExpiresAt);

public sealed record TenantRow(int Id, string Name, DateTimeOffset CreatedAt);

public sealed record TenantsAnswer(IReadOnlyList<TenantRow> Tenants, int? Next);

public sealed record TenantToAdd(string Name);

/// <summary>A person's device, its holder, since when he agrees and since when he is on shift.</summary>
public sealed record PersonEntry(string Device, string? Holder, DateTimeOffset? ConsentFrom, DateTimeOffset? OnShiftSince);

public sealed record PersonList(IReadOnlyList<PersonEntry> People);

/// <param name="User">Null: nobody carries it.</param>
public sealed record DeviceToHold(string Id, string? User);

/// <summary>A tenant's choices and the limits that an operator sets.</summary>
public sealed record TenantSettings(
    int RetentionDays, int SilenceAfterSeconds, int RefoldWindowDays, int MaxDevices, int MaxUsers, int MaxUnregistered,
    int PersonRetentionDays);

/// <param name="Url">Only when it was made now.</param>
public sealed record EnrolmentAnswer(bool IsIssued, string? Url);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UserPage))]
[JsonSerializable(typeof(UserToAdd))]
[JsonSerializable(typeof(RoleToGive))]
[JsonSerializable(typeof(LinkAnswer))]
[JsonSerializable(typeof(TokenPage))]
[JsonSerializable(typeof(TokenToAdd))]
[JsonSerializable(typeof(TokenMade))]
[JsonSerializable(typeof(TenantsAnswer))]
[JsonSerializable(typeof(TenantToAdd))]
[JsonSerializable(typeof(TenantRow))]
[JsonSerializable(typeof(TenantSettings))]
[JsonSerializable(typeof(EnrolmentAnswer))]
internal sealed partial class AdminJson : JsonSerializerContext;
