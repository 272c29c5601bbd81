namespace FieldCrm.Journeys;

internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Where ./test has tools/web.sh put what a browser loads.</summary>
    public static string WebRoot { get; } = Path.Combine(Root, ".build", "journeys", "wwwroot");

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FieldCrm.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests lie outside the repository.");
    }
}
