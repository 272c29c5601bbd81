namespace FieldCrm.Hub.Supervision;

/// <summary>A database that fills its disk stops in the middle; better not to start.</summary>
internal static class DiskSpace
{
    /// <summary>An empty cluster takes 60 MB, its log grows to 2 GB under load; below this a start is not worth trying.</summary>
    public const long NeededBytes = 500L * 1024 * 1024;

    public static long FreeBytes(string directory) => new DriveInfo(directory).AvailableFreeSpace;

    /// <exception cref="StartRefusedException"><c>disk.full</c></exception>
    public static void Require(string directory)
    {
        if (FreeBytes(directory) < NeededBytes)
            throw Full(directory);
    }

    public static StartRefusedException Full(string directory) => new("disk.full",
        $"The disk under {directory} is full ({FreeBytes(directory) / (1024 * 1024)} MB free, " +
        $"{NeededBytes / (1024 * 1024)} MB needed): free some, or choose another place with --data DIR.");
}
