using System.CommandLine;
using System.Net.Sockets;
using FieldCrm.Hub.Supervision;
using Npgsql;

namespace FieldCrm.Hub.Commands;

/// <summary>
/// What all commands share: <c>--data</c> and <c>--json</c>, exit codes, and that an expected refusal is one line on
/// standard error.
/// </summary>
internal static class CommandLine
{
    public static Option<string?> Data { get; } = new("--data")
    {
        Description = "The instance's directory (default: .data beside the program's scripts).", Recursive = true,
        HelpName = "DIR",
    };

    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Answer in JSON.", Recursive = true,
    };

    public static RootCommand Root(params ReadOnlySpan<Command> commands)
    {
        var root = new RootCommand("FieldCrm: devices, tracks and the people who watch them.") { Data, Json };
        foreach (var command in commands)
            root.Add(command);
        return root;
    }

    public static InstancePaths Instance(this ParseResult parsed) => new(parsed.GetValue(Data));

    /// <summary>Parses and runs; returns the exit code (<see cref="ExitCode"/>).</summary>
    public static async Task<int> InvokeAsync(RootCommand root, string[] arguments)
    {
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            var message = string.Join(' ', parsed.Errors[0].Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)); // one line
            await Console.Error.WriteLineAsync($"{message} (--help lists what there is)");
            return ExitCode.Usage;
        }
        try
        {
            // Signals are the commands' own business: draining takes longer than the parser's two seconds.
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (StartRefusedException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
            return refused.ExitCode;
        }
        catch (Exception expected) when (Explain(expected) is not null)
        {
            await Console.Error.WriteLineAsync(Explain(expected));
            return ExitCode.Problem;
        }
    }

    private static string? Explain(Exception exception) => exception switch
    {
        OperationCanceledException => "stopped",
        IOException { HResult: 28 } => "The disk is full: free some space (df -h), or choose another place with --data DIR.",
        IOException failed => failed.Message, // a reader of our output that went away, a file that cannot be read
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } =>
            "PostgreSQL's disk is full: free some space (df -h) and start again.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword } =>
            "PostgreSQL refuses our password: secrets.json does not belong to this database; put the right one back.",
        PostgresException refused => $"PostgreSQL refused ({refused.SqlState}): {refused.MessageText}",
        NpgsqlException { InnerException: SocketException reason } => $"PostgreSQL does not answer: {reason.Message}",
        UnauthorizedAccessException denied => $"{denied.Message} Run as the instance's owner or as root.",
        _ => null,
    };
}
