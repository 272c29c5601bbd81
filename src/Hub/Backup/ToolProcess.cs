using System.Diagnostics;
using System.Text;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Backup;

/// <summary>One run of a PostgreSQL tool between two pipes. Disposing ends it when it has not ended by itself.</summary>
internal sealed class ToolProcess : IAsyncDisposable
{
    private readonly string _tool;
    private readonly Process _process;
    private readonly Task<string> _said;

    public ToolProcess(string tool, Process process, int maxErrorCharacters)
    {
        (_tool, _process) = (tool, process);
        _said = ReadAsync(process.StandardError, maxErrorCharacters);
    }

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    public async Task WriteAsync(string text, CancellationToken cancellationToken)
    {
        await Input.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        await Input.FlushAsync(cancellationToken);
    }

    /// <summary>Copies all of <paramref name="source"/> to its input. A tool that has read enough may stop reading.</summary>
    public async Task FeedAsync(Stream source, CancellationToken cancellationToken)
    {
        try
        {
            await source.CopyToAsync(Input, cancellationToken);
            Input.Close();
        }
        catch (IOException)
        {
            // Whether that was success is for its exit code to say.
        }
    }

    /// <exception cref="StartRefusedException"><c>backup.tool-failed</c>: it ended with an error.</exception>
    public async Task SucceededAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        if (_process.ExitCode == 0)
            return;
        var lines = (await _said).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var reason = lines.FirstOrDefault(line => line.Contains("ERROR", StringComparison.OrdinalIgnoreCase)) ?? lines.FirstOrDefault();
        throw new StartRefusedException("backup.tool-failed", $"{_tool} failed: {reason ?? $"exit code {_process.ExitCode}"}");
    }

    /// <summary>Ends it at once; what it was doing in the database is undone.</summary>
    public void Stop() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _process.WaitForExitAsync(CancellationToken.None);
        await _said;
        _process.Dispose();
    }

    private static async Task<string> ReadAsync(StreamReader reader, int maxCharacters)
    {
        var said = new StringBuilder();
        while (await reader.ReadLineAsync() is { } line)
        {
            if (said.Length + line.Length < maxCharacters)
                said.Append(line).Append('\n');
        }
        return said.ToString();
    }
}
