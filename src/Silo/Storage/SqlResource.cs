namespace FieldCrm.Silo.Storage;

/// <summary>SQL kept as files beside the code and embedded into the assembly.</summary>
internal static class SqlResource
{
    public static string Read(string name)
    {
        var resource = $"FieldCrm.Silo.Storage.Sql.{name}";
        using var stream = typeof(SqlResource).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"{resource} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
