namespace FieldCrm.Hub.Supervision;

/// <summary>The server's output as a file, bounded: at 10 MB it becomes server.log.1 and begins anew.</summary>
internal sealed class LogFile(string path, Account? owner) : IDisposable
{
    private const long MaxBytes = 10 * 1024 * 1024;
    private const int MaxLineLength = 16 * 1024;

    private readonly Lock _gate = new();
    private StreamWriter? _writer;

    /// <summary>What was written last: the likely reason when the server ends.</summary>
    public string? LastLine { get; private set; }

    public void Append(string line)
    {
        lock (_gate)
        {
            if (!string.IsNullOrWhiteSpace(line))
                LastLine = line.Trim();
            try
            {
                _writer ??= Open();
                _writer.WriteLine(line.Length > MaxLineLength ? line[..MaxLineLength] : line);
                _writer.Flush();
                if (_writer.BaseStream.Length > MaxBytes)
                    Rotate();
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                // A full disk, or a file that is not ours, must not take the supervisor down: the line is lost, the server goes on.
                _writer = null;
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _writer?.Dispose();
    }

    private void Rotate()
    {
        _writer?.Dispose();
        _writer = null;
        using var identity = FileIdentity.Of(owner);
        File.Move(path, path + ".1", overwrite: true);
    }

    private StreamWriter Open()
    {
        using var identity = FileIdentity.Of(owner);
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read, UnixCreateMode = PrivateFile.Mode,
        });
        return new StreamWriter(file);
    }
}
