using System.Net;
using System.Text;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>Everything that came back: the status line's number, every header, the body as sent and unpacked.</summary>
internal sealed record Answer(HttpStatusCode Status, string? MediaType, string Headers, byte[] Sent, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        var sent = await response.Content.ReadAsByteArrayAsync();
        var headers = new StringBuilder();
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Concat(response.TrailingHeaders))
            headers.Append(name).Append(": ").AppendJoin(", ", values).Append('\n');
        return new Answer(
            response.StatusCode, response.Content.Headers.ContentType?.MediaType, headers.ToString(), sent,
            CanarySearch.Decompressed(sent, response.Content.Headers.ContentEncoding));
    }

    /// <summary>What of the searched canaries is in any part of it.</summary>
    public IReadOnlyList<string> Find(CanarySearch search) =>
        [.. search.FindIn(Encoding.UTF8.GetBytes(Headers)).Concat(search.FindIn(Body)).Concat(Sent == Body ? [] : search.FindIn(Sent)).Distinct()];

    /// <summary>Nobody on the way and nobody at the same browser keeps it.</summary>
    public bool IsKeptByNobody => CacheControlSays("no-store");

    /// <summary>Nobody on the way keeps it, and the browser that does asks before it uses it again.</summary>
    public bool IsAskedAfter => CacheControlSays("private") && CacheControlSays("no-cache");

    public string Start => Text.Length <= 400 ? Text : $"{Text[..200]} … {Text[^200..]}";

    private bool CacheControlSays(string word) =>
        Headers.Split('\n').Any(h => h.StartsWith("Cache-Control: ", StringComparison.Ordinal) && h.Contains(word, StringComparison.Ordinal));
}
