using System.Diagnostics;
using FieldCrm.LoadTests.Processes;

namespace FieldCrm.LoadTests.Throughput;

/// <summary>Mean cores that each party used over a stretch.</summary>
internal readonly record struct CpuUse(double Server, double Postgres, double Generator)
{
    /// <summary>CPU seconds of each so far.</summary>
    public static CpuUse Now(ProductInstance product) => new(
        ProcessFiles.CpuSeconds(product.ServerProcessId), ProcessFiles.TreeCpuSeconds(product.PostmasterProcessId),
        Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds);

    public CpuUse Since(CpuUse before, TimeSpan elapsed) => new(
        (Server - before.Server) / elapsed.TotalSeconds, (Postgres - before.Postgres) / elapsed.TotalSeconds,
        (Generator - before.Generator) / elapsed.TotalSeconds);
}
