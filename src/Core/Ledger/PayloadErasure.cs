using System.Collections.Immutable;
using System.Text.Json;

namespace FieldCrm.Core.Ledger;

/// <summary>Versions of one stream, both ends included.</summary>
public readonly record struct VersionRange(long From, long Through)
{
    public bool Contains(long version) => version >= From && version <= Through;
}

/// <summary>
/// The event that says which payloads of its stream were erased on purpose. Its own payload cannot be erased:
/// without it, what is missing looks like damage. <c>{"from":3,"through":5,"reason":"consent-withdrawn"}</c>
/// </summary>
public static class PayloadErasure
{
    public const string EventType = "PayloadErased";

    /// <summary>Longest reason, in characters: a code, never a person's words.</summary>
    public const int MaxReasonLength = 64;

    /// <summary>The event's payload, canonical JSON.</summary>
    public static string Write(VersionRange versions, string reason)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(versions.From, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(versions.Through, versions.From);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(reason.Length, MaxReasonLength);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("from", versions.From);
            json.WriteNumber("through", versions.Through);
            json.WriteString("reason", reason);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>As few ranges as cover every version that is to go and none that is to stay.</summary>
    /// <param name="versions">Ascending. A version that is not named may be within a range or not.</param>
    public static List<VersionRange> Ranges(IEnumerable<(long Version, bool IsToGo)> versions)
    {
        var ranges = new List<VersionRange>();
        var isOpen = false;
        foreach (var (version, isToGo) in versions)
        {
            if (isToGo && isOpen)
                ranges[^1] = ranges[^1] with { Through = version };
            else if (isToGo)
                ranges.Add(new VersionRange(version, version));
            isOpen = isToGo;
        }
        return ranges;
    }

    /// <returns>Null when the payload is not one of ours.</returns>
    public static VersionRange? Read(string payload)
    {
        try
        {
            using var document = JsonDocument.Parse(payload);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("from", out var from) && from.TryGetInt64(out var first)
                && document.RootElement.TryGetProperty("through", out var through) && through.TryGetInt64(out var last)
                && first >= 1 && last >= first
                ? new VersionRange(first, last)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}

/// <summary>
/// Payloads of one stream that are missing and not yet explained by a <c>PayloadErased</c> event. Neighbouring
/// versions are kept as one range, so memory follows the number of gaps, not of events.
/// </summary>
internal sealed class UnexplainedPayloads
{
    private readonly List<VersionRange> _ranges = [];

    public void Missing(long version)
    {
        if (_ranges.Count > 0 && _ranges[^1].Through == version - 1)
            _ranges[^1] = _ranges[^1] with { Through = version };
        else
            _ranges.Add(new VersionRange(version, version));
    }

    public void Explain(VersionRange erased)
    {
        for (var i = _ranges.Count - 1; i >= 0; i--)
        {
            var range = _ranges[i];
            if (range.Through < erased.From || range.From > erased.Through)
                continue;
            _ranges.RemoveAt(i);
            if (range.Through > erased.Through)
                _ranges.Insert(i, new VersionRange(erased.Through + 1, range.Through));
            if (range.From < erased.From)
                _ranges.Insert(i, new VersionRange(range.From, erased.From - 1));
        }
    }

    /// <summary>What is left, and forgets it: the next stream begins.</summary>
    public ImmutableArray<VersionRange> Take()
    {
        if (_ranges.Count == 0)
            return [];
        ImmutableArray<VersionRange> left = [.. _ranges];
        _ranges.Clear();
        return left;
    }
}
