namespace FieldCrm.LoadTests.Live;

/// <summary>What one measurement of live pictures is made of.</summary>
internal sealed record LiveOptions
{
    /// <summary>Devices that report once a second each, one fix a request.</summary>
    public int Devices { get; init; } = 10_000;

    public int Consoles { get; init; } = 100;

    /// <summary>Units in a console's view; views overlap so that together they see every device once or more.</summary>
    public int UnitsPerView { get; init; } = 500;

    /// <summary>Consoles of the other half of a pair whose sockets nobody reads.</summary>
    public int Unread { get; init; } = 10;

    /// <summary>Length of each half of a pair.</summary>
    public int Seconds { get; init; } = 15;

    /// <summary>Without and with unread sockets, in turn.</summary>
    public int Pairs { get; init; } = 3;

    /// <summary>HTTP connections that carry the devices' requests, one under way on each.</summary>
    public int Connections { get; init; } = 500;
}
