namespace FieldCrm.Hub.Http;

/// <summary>
/// Addresses given to people and devices: on the host that asked, unless <c>Public:Address</c> (environment
/// <c>Public__Address</c>) says what the world calls this instance.
/// </summary>
internal sealed class PublicUrls(IConfiguration configuration)
{
    private readonly string? _address = configuration["Public:Address"]?.TrimEnd('/');

    /// <summary>The position's parameters are appended to it directly.</summary>
    public string OfDevice(HttpRequest request, string token) => $"{Base(request)}/osmand/{token}?";

    public string OfSignIn(HttpRequest request, string link) => $"{Base(request)}/sign-in/{link}";

    public bool IsPublicOrigin(string origin) =>
        Uri.TryCreate(_address, UriKind.Absolute, out var address)
        && string.Equals(origin, address.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase);

    private string Base(HttpRequest request) => _address ?? $"{request.Scheme}://{request.Host}";
}
