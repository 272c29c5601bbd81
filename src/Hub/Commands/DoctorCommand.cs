using System.CommandLine;
using System.Text.Json;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.Supervision.Doctor;

namespace FieldCrm.Hub.Commands;

/// <summary>
/// <c>doctor</c>: looks at everything an instance stands on and changes nothing (a cluster that is down runs for the
/// duration). Exit code 0 when all is well, 1 when something is not, 4 when a database administrator must act.
/// </summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Check tools, disk, files, PostgreSQL, roles, schema and server.");
        command.SetAction((parsed, cancellationToken) =>
            ExamineAsync(parsed.Instance(), parsed.GetValue(CommandLine.Json), cancellationToken));
        return command;
    }

    private static async Task<int> ExamineAsync(InstancePaths paths, bool json, CancellationToken cancellationToken)
    {
        var report = await new Examination(paths, TimeProvider.System).RunAsync(cancellationToken);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, CommandJson.Default.DoctorReport));
        }
        else
        {
            foreach (var finding in report.Findings)
                Console.WriteLine($"{Mark(finding.State),-8} {finding.Name,-12} {finding.Detail}");
        }
        return report.ExitCode;
    }

    private static string Mark(FindingState state) => state switch
    {
        FindingState.Ok => "ok",
        FindingState.Note => "note",
        _ => "PROBLEM",
    };
}
