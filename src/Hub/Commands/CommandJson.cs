using System.Text.Json;
using System.Text.Json.Serialization;
using FieldCrm.Hub.Supervision.Doctor;

namespace FieldCrm.Hub.Commands;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(MigrateAnswer))]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class CommandJson : JsonSerializerContext;
