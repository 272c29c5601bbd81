namespace FieldCrm.Silo.Tests;

/// <summary>Tests that measure memory or time: nothing else of this process runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
