using System.Text.RegularExpressions;

namespace FieldCrm.Hub.Dispatch;

/// <param name="IsTile">Its address says which version is meant.</param>
/// <param name="IsGzip">Stored compressed and sent as it is.</param>
internal sealed record BaseMapFile(string Path, string ContentType, bool IsTile, bool IsGzip, DateTimeOffset ModifiedAt);

/// <summary>The offline base map as tools/basemap built it. Thousands of small files: looked up when asked for.</summary>
internal sealed partial class BaseMapFiles(string folder)
{
    public BaseMapFile? Find(string path)
    {
        var isTile = Tile().IsMatch(path);
        if (!isTile && path != "index.json")
            return null;
        var file = new FileInfo(System.IO.Path.Combine(folder, path));
        return file.Exists
            ? new BaseMapFile(file.FullName, isTile ? "application/x-protobuf" : "application/json", isTile, IsGzip: isTile, file.LastWriteTimeUtc)
            : null;
    }

    [GeneratedRegex("^[a-z]{1,40}/[0-9]{1,2}/[0-9]{1,8}/[0-9]{1,8}[.]pbf$")]
    private static partial Regex Tile();
}
