using System.Threading.RateLimiting;
using FieldCrm.Core;
using FieldCrm.Hub.Http;
using FieldCrm.Silo;

namespace FieldCrm.Hub.Ingest;

/// <summary>
/// What strangers and broken devices may cost. A device that is known and keeps to its pace never meets either limit; one that does is
/// told 429, keeps what it has and sends it later.
/// </summary>
internal sealed class IngestLimits([FromKeyedServices(SiloServices.ProductClock)] TimeProvider time) : IDisposable
{
    /// <summary>
    /// Requests of one address that turned out to be nobody's, each of which asked the database: two hundred phones that are being set up
    /// behind one router, every ten seconds. Beyond it only who is remembered is answered.
    /// </summary>
    public const int StrangersPerMinute = 1_200;

    /// <summary>What a phone kept in eight hours without signal, a position every five seconds, in one go.</summary>
    public const int ReportsAtOnce = 6_000;

    /// <summary>Lasting pace of one device: fifty times what trackers send.</summary>
    public const int ReportsPerSecond = 50;

    private readonly PartitionedRateLimiter<string> _strangers = PartitionedRateLimiter.Create<string, string>(
        address => RateLimitPartition.GetFixedWindowLimiter(address, _ => Limits.PerMinute(StrangersPerMinute)));

    private readonly DevicePace _reports = new(ReportsAtOnce, ReportsPerSecond, time);

    /// <summary>Whether one more look-up may be made for this address.</summary>
    public bool MayLookUp(HttpContext context) => Limits.Take(_strangers, ClientAddress.Of(context), 0);

    public void CountStranger(HttpContext context) => Limits.Take(_strangers, ClientAddress.Of(context), 1);

    public bool MayReport(DeviceId device) => _reports.TryTake(device);

    public void Dispose() => _strangers.Dispose();
}
