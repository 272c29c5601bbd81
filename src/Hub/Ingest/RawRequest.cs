using System.Text;
using FieldCrm.Silo.Devices;

namespace FieldCrm.Hub.Ingest;

/// <summary>The bytes a quarantined fix came in, for whoever must find out why: never the path, which holds the secret.</summary>
internal static class RawRequest
{
    public static byte[] Of(HttpRequest request, ReadOnlySpan<byte> body)
    {
        var query = Encoding.UTF8.GetBytes(request.QueryString.Value ?? "");
        var length = Math.Min(query.Length + 1 + body.Length, QuarantineStatements.MaxRawBytes);
        var raw = new byte[length];
        query.CopyTo(raw, 0);
        if (length > query.Length)
        {
            raw[query.Length] = (byte)'\n';
            body[..(length - query.Length - 1)].CopyTo(raw.AsSpan(query.Length + 1));
        }
        return raw;
    }
}
