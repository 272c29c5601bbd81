using System.Globalization;
using System.Net;

namespace FieldCrm.Demo;

/// <summary>What became of one request.</summary>
public enum Receipt
{
    /// <summary>200: stored.</summary>
    Acknowledged,

    /// <summary>No answer, or one that means "later": the phone keeps the position and repeats it.</summary>
    Repeat,

    /// <summary>The device may not report any more, or what it says is refused for good.</summary>
    Refused,
}

/// <summary>Sends as Traccar Client does: one request a position, to the URL that the device was given.</summary>
public sealed class Sender(HttpClient http)
{
    private const double KnotsPerMps = 3_600.0 / 1_852;

    public async Task<Receipt> SendAsync(Uri device, Reading reading, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(
                new Uri(device.OriginalString + Query(device, reading)), HttpCompletionOption.ResponseContentRead, cancellationToken);
            return answer.StatusCode switch
            {
                HttpStatusCode.OK => Receipt.Acknowledged,
                HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => Receipt.Repeat,
                _ => Receipt.Refused,
            };
        }
        catch (HttpRequestException)
        {
            return Receipt.Repeat;
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Receipt.Repeat;
        }
    }

    public static string Query(Uri device, Reading reading)
    {
        var (latitude, longitude) = (reading.Place.LatitudeE7 / 1e7, reading.Place.LongitudeE7 / 1e7);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(device.Query.Length == 0 ? '?' : '&')}lat={latitude:0.0######}&lon={longitude:0.0######}&timestamp={reading.UnixSeconds}")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"&speed={reading.SpeedMps * KnotsPerMps:0.##}&bearing={reading.HeadingDeg:0.#}&accuracy={reading.AccuracyMetres:0.#}&batt={reading.BatteryPercent}");
    }
}
