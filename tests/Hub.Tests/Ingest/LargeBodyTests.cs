using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FieldCrm.TestKit;
using Xunit.Abstractions;

namespace FieldCrm.Hub.Tests.Ingest;

/// <summary>
/// Bodies of 10 MB that do not say how long they are, and small ones that say they are packed, against the real server
/// process: refused with a code, nothing stored, and the process no larger afterwards.
/// </summary>
[Trait("Category", "Slow")]
public sealed class LargeBodyTests(ITestOutputHelper output)
{
    private const int TenMegabytes = 10 * 1024 * 1024;
    private const int ChunkBytes = 16 * 1024;
    private const int Requests = 600;
    private const int UnderWay = 4;

    /// <summary>A buffer of a body at its limit, 128 KiB and more, kept of each request would be 75 MiB.</summary>
    private const long MaxGrowthBytes = 64L * 1024 * 1024;

    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Given_chunked_bodies_of_10_MB_When_sent_again_and_again_Then_refused_nothing_stored_and_the_process_does_not_grow()
    {
        await using var hub = new HubProcess();
        hub.Environment["DOTNET_GCgen0size"] = "1000000"; // hexadecimal, 16 MiB: collected often, so that what is resident is what is kept
        await hub.StartReadyAsync("--no-demo");
        var added = await hub.RunAsync("device", "add", "large", "--json");
        Assert.True(added.ExitCode == 0, added.Error);
        using var device = JsonDocument.Parse(added.Output);
        var token = device.RootElement.GetProperty("token").GetString();
        (string Path, string MediaType, string Begin)[] kinds =
        [
            ($"/osmand/{token}", "application/json", """{"location":{"timestamp":"2026-11-20T00:00:00Z","coords":{"latitude":1,"longitude":2}},"x":" """),
            ($"/osmand/{token}", "application/x-www-form-urlencoded", "lat=1&lon=2&timestamp=1790000000&note="),
            ("/api/v1/fixes", "application/json", """{"fixes":[{"fixedAt":"2026-11-20T00:00:00Z","lat":1,"lon":2}],"x":" """),
            ("/api/v1/fixes", "application/json", string.Concat(Enumerable.Repeat(" ", ChunkBytes))),
        ];

        var answered = 0;
        await SendAllAsync(Requests); // code, pools and connections have their size afterwards: it levels off by then
        var before = ResidentBytes(hub.ServerId);
        var server = hub.ServerId;
        await SendAllAsync(Requests);
        var after = ResidentBytes(hub.ServerId);
        output.WriteLine($"resident: {before / 1048576} MiB before, {after / 1048576} MiB after {Requests} bodies of 10 MB, {answered} of {2 * Requests} answers read");
        Assert.InRange(answered, Requests, 2 * Requests);

        Assert.Equal(server, hub.ServerId);
        Assert.True(after - before < MaxGrowthBytes, $"grew from {before} to {after} bytes");
        await PackedAsync(hub.Address, kinds);
        Assert.Equal(0, await StoredAsync(hub));

        // The same device is heard when it speaks sensibly: what was refused was refused for its length.
        using var http = new HttpClient();
        using var heard = await http.GetAsync(new Uri(hub.Address, $"/osmand/{token}?lat=1&lon=2"));
        Assert.Equal(HttpStatusCode.OK, heard.StatusCode);
        Assert.Equal(1, await StoredAsync(hub));

        Task SendAllAsync(int count) => Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = UnderWay }, async (i, cancel) =>
        {
            var (path, mediaType, begin) = kinds[i % kinds.Length];
            var answer = await SendChunkedAsync(hub.Address, path, token, mediaType, begin, cancel);
            if (answer.Length == 0)
                return; // closed on what was still on its way, and the answer went with it: TCP does that to who does not listen
            Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
            Assert.Contains("\"request.too-large\"", answer, StringComparison.Ordinal);
            Interlocked.Increment(ref answered);
        });

        async Task PackedAsync(Uri address, (string Path, string MediaType, string Begin)[] all)
        {
            foreach (var (path, mediaType, _) in all)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path)) { Content = new ByteArrayContent(Bomb()) };
                request.Content.Headers.ContentType = new(mediaType);
                request.Content.Headers.ContentEncoding.Add("gzip");
                request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
                using var client = new HttpClient();
                using var answer = await client.SendAsync(request);
                Assert.Equal((HttpStatusCode.UnsupportedMediaType, "request.media-type"), (answer.StatusCode, await Phone.CodeOfAsync(answer)));
            }
        }
    }

    // By hand: the server answers long before all is sent, which an HTTP client takes for a failure to send.
    private static async Task<string> SendChunkedAsync(
        Uri address, string path, string? token, string mediaType, string begin, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnswerDeadline);
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, deadline.Token);
        var stream = client.GetStream();
        var answer = ReadAnswerAsync(stream, deadline.Token);
        await SendAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: {mediaType}\r\nAuthorization: Bearer {token}\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"));
        var chunk = new byte[ChunkBytes];
        Array.Fill(chunk, (byte)'a');
        Encoding.ASCII.GetBytes(begin, chunk);
        var size = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{ChunkBytes:x}\r\n"));
        byte[] framed = [.. size, .. chunk, .. "\r\n"u8];
        for (var sent = 0; sent < TenMegabytes; sent += ChunkBytes)
        {
            if (!await SendAsync(framed))
                break;
        }
        return await answer; // read beside the sending: this client goes on whatever it is told

        async Task<bool> SendAsync(byte[] bytes)
        {
            try
            {
                await stream.WriteAsync(bytes, deadline.Token);
                return true;
            }
            catch (IOException)
            {
                return false; // the server has said what it had to say and closed
            }
        }
    }

    private static async Task<string> ReadAnswerAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new byte[4_096];
        while (!text.ToString().Contains("\"request.", StringComparison.Ordinal))
        {
            try
            {
                var read = await stream.ReadAsync(buffer, cancellationToken);
                if (read == 0)
                    break;
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
            catch (IOException)
            {
                break;
            }
        }
        return text.ToString();
    }

    // 10 MB of blanks in some 10 kB.
    private static byte[] Bomb()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
            gzip.Write(Encoding.ASCII.GetBytes(new string(' ', TenMegabytes)));
        return packed.ToArray();
    }

    private static async Task<int> StoredAsync(HubProcess hub)
    {
        var (exitCode, exported, error) = await hub.RunAsync(
            "track", "export", "large", "--from", "2026-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z", "--format", "geojson");
        Assert.True(exitCode == 0, error);
        using var track = JsonDocument.Parse(exported);
        return track.RootElement.GetProperty("features").GetArrayLength();
    }

    private static long ResidentBytes(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").Single(static l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }
}
