namespace FieldCrm.Hub.Supervision;

/// <summary>Files of an instance: whole or absent, and readable by nobody else from the first byte on.</summary>
internal static class PrivateFile
{
    public const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode DirectoryMode = Mode | UnixFileMode.UserExecute;

    /// <param name="owner">Whose file it is, and with whose rights it is written; null is oneself.</param>
    public static void Write(string path, ReadOnlySpan<byte> content, Account? owner)
    {
        using var identity = FileIdentity.Of(owner);
        var draft = path + ".new";
        File.Delete(draft);
        using (var file = new FileStream(draft, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Mode,
        }))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, path, overwrite: true);
    }

    public static void MakeDirectory(string path, Account? owner)
    {
        if (!Directory.Exists(path))
            Directory.CreateDirectory(path, DirectoryMode);
        owner?.Own(path);
    }
}
