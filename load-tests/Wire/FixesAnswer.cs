using System.Buffers.Text;

namespace FieldCrm.LoadTests.Wire;

/// <summary>Reads the answer to a batch, <c>{"accepted":10,"quarantined":[],"rejected":[]}</c> (docs/wire/FIXES.md).</summary>
internal static class FixesAnswer
{
    /// <summary>True when the answer counts as many as were sent and lists none as rejected or doubtful.</summary>
    public static bool AcceptsAll(ReadOnlySpan<byte> body, int sent)
    {
        var at = body.IndexOf("\"accepted\":"u8);
        return at >= 0
            && Utf8Parser.TryParse(body[(at + "\"accepted\":"u8.Length)..], out int accepted, out _) && accepted == sent
            && body.IndexOf("\"quarantined\":[]"u8) >= 0 && body.IndexOf("\"rejected\":[]"u8) >= 0;
    }
}
