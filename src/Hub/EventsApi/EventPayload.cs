using System.Text.Json;
using System.Text.Json.Nodes;

namespace FieldCrm.Hub.EventsApi;

/// <summary>What of a ledger entry is shown: all but the hashes of tokens and links, which are nobody's reading.</summary>
internal static class EventPayload
{
    public static bool IsShown(string member) => !member.EndsWith("Hash", StringComparison.Ordinal);

    /// <param name="payload">One JSON object as it is stored; null when it was erased.</param>
    public static JsonElement? Shown(string stream, string? payload)
    {
        if (payload is null)
            return null;
        // What a unit's stream calls a hash is the identity of a fix.
        if (FeedEndpoint.IsOfUnit(stream) || JsonNode.Parse(payload) is not JsonObject members)
            return JsonElement.Parse(payload);
        foreach (var name in members.Select(m => m.Key).Where(name => !IsShown(name)).ToArray())
            members.Remove(name);
        return JsonElement.Parse(members.ToJsonString());
    }
}
