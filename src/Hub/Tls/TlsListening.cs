using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace FieldCrm.Hub.Tls;

/// <summary>
/// One port, two languages (ADR 7): plain HTTP for who comes to 127.0.0.1 or ::1, TLS for everybody else. Told apart by the address
/// that was called, which nobody elsewhere can choose.
/// </summary>
internal static class TlsListening
{
    private const byte HandshakeRecord = 0x16; // RFC 8446, 5.1

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Whether a call to this address cannot have left the machine. The other addresses of 127/8 count as elsewhere.</summary>
    public static bool IsLoopback(IPAddress? address) => address is not null
        && (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address) is var plain
        && (plain.Equals(IPAddress.Loopback) || plain.Equals(IPAddress.IPv6Loopback));

    public static void UseTlsBeyondLoopback(this ListenOptions listen)
    {
        // Not HTTP/2: limits on connections would mean streams, and the two live connections of a console would be one again.
        listen.Protocols = HttpProtocols.Http1;
        var served = listen.ApplicationServices.GetRequiredService<ServedCertificate>();
        ConnectionDelegate? plain = null;
        listen.Use(next => connection => RouteAsync(connection, secured: next, plain ?? next));
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakeTimeout,
            OnConnection = _ => ValueTask.FromResult(served.Options),
        });
        listen.Use(next => plain = next); // what comes after TLS: delegates are made from the last to the first
    }

    /// <summary>Whether this request may be answered: it came by TLS, from loopback, or to the trackers' port.</summary>
    public static bool IsPermitted(HttpContext http, int? trackerPort) =>
        IsTls(http) || IsLoopback(http.Connection.LocalIpAddress) || http.Connection.LocalPort == trackerPort;

    /// <summary>By our own TLS; a proxy's word does not count here.</summary>
    public static bool IsTls(HttpContext http) => http.Features.Get<ITlsConnectionFeature>() is not null;

    private static async Task RouteAsync(ConnectionContext connection, ConnectionDelegate secured, ConnectionDelegate plain)
    {
        if (IsLoopback((connection.LocalEndPoint as IPEndPoint)?.Address))
            await plain(connection);
        else if (await FirstByteAsync(connection) is { } first)
            await (first == HandshakeRecord ? secured(connection) : plain(connection)); // plain: only to be told so (TlsRequired)
    }

    /// <summary>Looks without taking. Null when nothing came in time, or ever.</summary>
    private static async Task<byte?> FirstByteAsync(ConnectionContext connection)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        bounded.CancelAfter(HandshakeTimeout);
        var input = connection.Transport.Input;
        try
        {
            var read = await input.ReadAsync(bounded.Token);
            byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
            input.AdvanceTo(read.Buffer.Start);
            return first;
        }
        catch (Exception ended) when (ended is OperationCanceledException or ConnectionResetException or ConnectionAbortedException)
        {
            return null;
        }
    }
}
