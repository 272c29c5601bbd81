using System.Text.Json.Serialization;

namespace FieldCrm.Hub.Supervision.Doctor;

internal enum FindingState
{
    Ok,

    /// <summary>Worth knowing, nothing to do.</summary>
    Note,

    Problem,
}

/// <summary>One thing looked at. A problem's detail says what to do.</summary>
internal sealed record Finding(string Name, FindingState State, string Detail);

internal sealed record DoctorReport(IReadOnlyList<Finding> Findings, [property: JsonIgnore] int ExitCode)
{
    public bool Healthy => Findings.All(f => f.State != FindingState.Problem);
}
