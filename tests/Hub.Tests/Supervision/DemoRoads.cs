using FieldCrm.Demo.Tests;

namespace FieldCrm.Hub.Tests.Supervision;

/// <summary>The road graph that a build brings along, as a small city; written once, however many tests drive.</summary>
internal static class DemoRoads
{
    private static readonly Lazy<string> Written = new(Write);

    public static void Ensure() => _ = Written.Value;

    private static string Write()
    {
        var roads = Path.Combine(AppContext.BaseDirectory, "basemap", "roads.bin");
        Directory.CreateDirectory(Path.GetDirectoryName(roads)!);
        File.WriteAllBytes(roads, GridCity.File());
        return roads;
    }
}
