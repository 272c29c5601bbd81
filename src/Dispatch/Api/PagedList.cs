namespace FieldCrm.Dispatch.Api;

/// <param name="NextCursor">Null on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Rows, string? NextCursor);

/// <summary>
/// Rows that come a page at a time: what is there, whether there is more, why there is none. A page that comes after the list was begun
/// anew belongs to the older one and is dropped.
/// </summary>
/// <param name="read">With an earlier page's cursor; null asks for the first.</param>
public sealed class PagedList<T>(Func<string?, CancellationToken, Task<Answer<Page<T>>>> read)
{
    // Of a filter that matches little, pages may be empty and go on; then the reader says whether.
    private const int MaxEmptyPages = 20;

    private int _life;

    /// <summary>Null while the first page has not come.</summary>
    public IReadOnlyList<T>? Rows { get; private set; }

    public string? NextCursor { get; private set; }

    /// <summary>Of the newest reading; what came before stays.</summary>
    public Answer<Page<T>>? Refusal { get; private set; }

    public bool IsReading { get; private set; }

    public bool IsEmpty => Rows is { Count: 0 } && NextCursor is null;

    /// <summary>From the first page. Earlier rows stay until it is there.</summary>
    public Task RestartAsync(CancellationToken cancellationToken) => ReadAsync(isFirst: true, cancellationToken);

    public Task MoreAsync(CancellationToken cancellationToken) =>
        NextCursor is null || IsReading ? Task.CompletedTask : ReadAsync(isFirst: false, cancellationToken);

    private async Task ReadAsync(bool isFirst, CancellationToken cancellationToken)
    {
        var life = ++_life;
        IsReading = true;
        List<T> rows = isFirst ? [] : [.. Rows ?? []];
        var (before, cursor) = (rows.Count, isFirst ? null : NextCursor);
        Answer<Page<T>> answer;
        var pages = 0;
        do
        {
            answer = await read(cursor, cancellationToken);
            if (life != _life)
                return;
            cursor = answer.Value?.NextCursor;
            rows.AddRange(answer.Value?.Rows ?? []);
        }
        while (answer.Value is not null && cursor is not null && rows.Count == before && ++pages < MaxEmptyPages);
        IsReading = false;
        if (answer.Value is null)
        {
            Refusal = answer;
            return;
        }
        (Rows, NextCursor, Refusal) = (rows, cursor, null);
    }
}
