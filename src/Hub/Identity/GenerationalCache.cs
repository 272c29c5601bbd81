using System.Collections.Concurrent;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// A bounded memory without bookkeeping on reads: when the young half is full it becomes the old half and the old one is
/// forgotten; what is used again moves back to the young half. Holds at most about <paramref name="capacity"/> entries.
/// </summary>
internal sealed class GenerationalCache<TKey, TValue>(int capacity)
    where TKey : notnull
    where TValue : class
{
    private readonly Lock _turn = new();
    private volatile ConcurrentDictionary<TKey, TValue> _young = new();
    private volatile ConcurrentDictionary<TKey, TValue> _old = new();
    private int _youngCount;

    public int Count => _young.Count + _old.Count;

    public TValue? Find(TKey key)
    {
        if (_young.TryGetValue(key, out var value))
            return value;
        if (!_old.TryRemove(key, out value))
            return null;
        Set(key, value);
        return value;
    }

    public void Set(TKey key, TValue value)
    {
        var young = _young;
        if (!young.TryAdd(key, value))
        {
            young[key] = value;
            return;
        }
        if (Interlocked.Increment(ref _youngCount) <= capacity / 2)
            return;
        lock (_turn)
        {
            if (_young != young)
                return;
            _old = young;
            _young = new ConcurrentDictionary<TKey, TValue>();
            Volatile.Write(ref _youngCount, 0);
        }
    }

    /// <summary>In either half, since a value may be moving.</summary>
    public void Remove(TKey key)
    {
        _old.TryRemove(key, out _);
        _young.TryRemove(key, out _);
    }

    public void RemoveWhere(Func<TValue, bool> isStale)
    {
        foreach (var half in (ReadOnlySpan<ConcurrentDictionary<TKey, TValue>>)[_old, _young])
        {
            foreach (var (key, value) in half)
            {
                if (isStale(value))
                    half.TryRemove(KeyValuePair.Create(key, value));
            }
        }
    }
}
