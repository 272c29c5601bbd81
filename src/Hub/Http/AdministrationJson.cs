using System.Text.Json.Serialization;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.AuditApi;
using FieldCrm.Hub.Cli;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.People;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.TracksApi;
using Microsoft.AspNetCore.Mvc;

namespace FieldCrm.Hub.Http;

/// <summary>What administration says over HTTP and what the command line reads.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TenantToAdd))]
[JsonSerializable(typeof(TenantAnswer))]
[JsonSerializable(typeof(TenantsAnswer))]
[JsonSerializable(typeof(TenantChoices))]
[JsonSerializable(typeof(TenantSettings))]
[JsonSerializable(typeof(UserToAdd))]
[JsonSerializable(typeof(UserToName))]
[JsonSerializable(typeof(LinkAnswer))]
[JsonSerializable(typeof(EnrolmentAnswer))]
[JsonSerializable(typeof(UnregisteredListAnswer))]
[JsonSerializable(typeof(DeviceToAdd))]
[JsonSerializable(typeof(DevicesToAdd))]
[JsonSerializable(typeof(DeviceToName))]
[JsonSerializable(typeof(DeviceToAdmit))]
[JsonSerializable(typeof(DeviceToSet))]
[JsonSerializable(typeof(DeviceCredentials))]
[JsonSerializable(typeof(DevicesAdded))]
[JsonSerializable(typeof(DevicesAnswer))]
[JsonSerializable(typeof(UserPage))]
[JsonSerializable(typeof(RoleToGive))]
[JsonSerializable(typeof(TokenToAdd))]
[JsonSerializable(typeof(TokenMade))]
[JsonSerializable(typeof(TokenPage))]
[JsonSerializable(typeof(RevokedToken))]
[JsonSerializable(typeof(SessionAnswer))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(DeviceToHold))]
[JsonSerializable(typeof(PeoplePage))]
[JsonSerializable(typeof(LookPage))]
[JsonSerializable(typeof(TrackImportProgress))]
[JsonSerializable(typeof(TrackExported))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class AdministrationJson : JsonSerializerContext;
