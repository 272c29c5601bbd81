using System.Net;
using System.Net.Sockets;

namespace FieldCrm.Hub.Http;

/// <summary>
/// Who is on the other side, as far as an address tells: an IPv4 address, or the first half of an IPv6 one. The second half is the
/// subscriber's own to choose, so that counting whole addresses would give one machine 2^64 tries.
/// </summary>
internal static class ClientAddress
{
    public const int SubscriberBytes = 8;

    public static string Of(HttpContext context) => Of(context.Connection.RemoteIpAddress);

    public static string Of(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } when !IPAddress.IsLoopback(address) =>
            Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, SubscriberBytes)) + "/64",
        _ => address.ToString(),
    };
}
