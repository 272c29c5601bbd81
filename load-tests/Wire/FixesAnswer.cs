using System.Buffers.Text;

namespace FieldCrm.LoadTests.Wire;

/// <summary>Reads the answer to a batch: <c>{"received":10,"rejected":[]}</c>.</summary>
internal static class FixesAnswer
{
    /// <summary>True when the answer counts as many as were sent and lists none as rejected.</summary>
    public static bool AcceptsAll(ReadOnlySpan<byte> body, int sent)
    {
        var at = body.IndexOf("\"received\":"u8);
        return at >= 0
            && Utf8Parser.TryParse(body[(at + "\"received\":"u8.Length)..], out int received, out _) && received == sent
            && body.IndexOf("\"rejected\":[]"u8) >= 0;
    }
}
