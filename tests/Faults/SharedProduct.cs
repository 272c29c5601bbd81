using FieldCrm.LoadTests.Processes;

namespace FieldCrm.Faults;

/// <summary>One product for all kills: each run brings devices of its own, so that it meets what the ones before left.</summary>
public sealed class SharedProduct : IAsyncLifetime
{
    private int _runs;

    internal ProductInstance Product { get; private set; } = null!;

    /// <summary>A name that no run before had.</summary>
    internal string NextName() => $"kill{Interlocked.Increment(ref _runs)}";

    public async Task InitializeAsync() => Product = await ProductInstance.StartAsync(withFailpoints: true, CancellationToken.None);

    public async Task DisposeAsync() => await Product.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class ProductCollection : ICollectionFixture<SharedProduct>
{
    public const string Name = "product";
}
