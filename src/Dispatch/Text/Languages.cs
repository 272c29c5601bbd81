namespace FieldCrm.Dispatch.Text;

public static class Languages
{
    public static readonly Words[] All = [English.Words, Spanish.Words, German.Words];

    /// <param name="locale">A BCP 47 tag such as es-UY; English where we do not speak it.</param>
    public static Words Of(string? locale) =>
        Array.Find(All, w => locale is not null && locale.StartsWith(w.Code, StringComparison.OrdinalIgnoreCase)) ?? English.Words;
}
