using System.Text;
using FieldCrm.Core.Devices;

namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>
/// Collects what else a device reported and writes it as the fix's canonical attributes. Of a name given twice the
/// first value stays. <see cref="Ignore"/> names what was left out; the names stand in the attribute
/// <c>ignored</c>, sorted, each once.
/// </summary>
internal sealed class AttributeBag
{
    /// <summary>Our own attribute: the reported fields that were not taken over.</summary>
    public const string IgnoredName = "ignored";

    private readonly List<(string Name, string Json)> _entries = [];
    private SortedSet<string>? _ignored;
    private int _length;

    /// <summary>Adding more is in vain: <see cref="TryBuild"/> will refuse. Bounds what a hostile body can collect.</summary>
    public bool IsTooLarge => _length > Fix.MaxAttributesLength;

    public void AddText(string name, ReadOnlySpan<char> value)
    {
        if (!IsTooLarge)
            AddJson(name, CanonicalJson.StringOf(value));
    }

    /// <param name="json">Already canonical.</param>
    public void AddJson(string name, string json)
    {
        if (IsTooLarge)
            return;
        name = CanonicalJson.NameOf(name);
        _length += name.Length + json.Length + 4; // the quotes, the colon and a comma or brace
        _entries.Add((name, json));
    }

    public void Ignore(string name)
    {
        name = CanonicalJson.NameOf(name);
        if (!IsTooLarge && (_ignored ??= new SortedSet<string>(StringComparer.Ordinal)).Add(name))
            _length += name.Length + 3;
    }

    /// <summary>False when the result is longer than <see cref="Fix.MaxAttributesLength"/>; null when there is none.</summary>
    public bool TryBuild(out string? attributesJson)
    {
        attributesJson = null;
        if (IsTooLarge)
            return false;
        KeepFirstOfEachName();
        if (_ignored is not null)
            PutIgnored(_ignored);
        if (_entries.Count == 0)
            return true;
        var json = new StringBuilder(_length + 2).Append('{');
        foreach (var (name, value) in _entries)
        {
            if (json.Length > 1)
                json.Append(',');
            CanonicalJson.AppendString(json, name);
            json.Append(':').Append(value);
        }
        json.Append('}');
        if (json.Length > Fix.MaxAttributesLength)
            return false;
        attributesJson = json.ToString();
        return true;
    }

    private void KeepFirstOfEachName()
    {
        if (IsInOrder())
            return;
        var sorted = new SortedList<string, string>(_entries.Count, StringComparer.Ordinal);
        foreach (var (name, json) in _entries)
        {
            if (!sorted.TryAdd(name, json))
                Ignore(name);
        }
        _entries.Clear();
        foreach (var (name, json) in sorted)
            _entries.Add((name, json));
    }

    /// <summary>What most clients of our own send: nothing to sort, and no name twice.</summary>
    private bool IsInOrder()
    {
        for (var i = 1; i < _entries.Count; i++)
        {
            if (string.CompareOrdinal(_entries[i - 1].Name, _entries[i].Name) >= 0)
                return false;
        }
        return true;
    }

    private void PutIgnored(SortedSet<string> ignored)
    {
        // A device's own attribute of our name gives way to ours.
        if (_entries.RemoveAll(entry => entry.Name == IgnoredName) > 0)
            ignored.Add(IgnoredName);
        var names = new StringBuilder("[");
        foreach (var name in ignored)
        {
            if (names.Length > 1)
                names.Append(',');
            CanonicalJson.AppendString(names, name);
        }
        var place = _entries.FindIndex(entry => string.CompareOrdinal(entry.Name, IgnoredName) > 0);
        _entries.Insert(place < 0 ? _entries.Count : place, (IgnoredName, names.Append(']').ToString()));
    }
}
