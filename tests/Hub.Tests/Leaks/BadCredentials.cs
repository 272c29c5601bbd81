using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>Where a credential is presented.</summary>
internal enum Place
{
    Bearer,
    Operator,
    Session,
    Antiforgery,
    OneTimeLink,
    DeviceAddress,
    DeviceBearer,
    HubNegotiation,
}

/// <summary>Something that must not be taken for a credential, and what made it.</summary>
internal sealed record BadCredential(Place Place, string Kind, string Text);

/// <summary>Real credentials, dead ones, and from a seed what becomes of them in the wrong hands.</summary>
/// <param name="Real">What is good in its place, by place.</param>
/// <param name="Dead">What was good in its place: expired, revoked, used, ended, of another tenant.</param>
internal sealed record BadCredentials(IReadOnlyDictionary<Place, string> Real, IReadOnlyDictionary<Place, (string Kind, string Text)[]> Dead, string[] Foreign)
{
    private const string Printable = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.~+/=";
    private const string TokenLetters = "0123456789abcdefghjkmnpqrstvwxyz";

    private static readonly Place[] Places = Enum.GetValues<Place>();

    public BadCredential Next(Random random)
    {
        var place = Places[random.Next(Places.Length)];
        while (true)
        {
            var (kind, text) = Bad(place, random);
            if (!IsReal(place, text))
                return new BadCredential(place, kind, text);
        }
    }

    private (string Kind, string Text) Bad(Place place, Random random) => random.Next(10) switch
    {
        0 => ("malformed", Text(random, random.Next(2, random.Next(4) == 0 ? 4_000 : 300), Printable)),
        1 => ("unknown", Unknown(place, random)),
        2 => ("truncated", Real[place][..random.Next(1, Real[place].Length)]),
        3 => ("bit flipped", BitFlipped(Real[place], random)),
        4 => ("damaged", Damaged(Real[place], random)),
        5 => ("alg none", Jwt(random, "none")),
        6 => ("signed by a stranger", Jwt(random, "HS256")),
        7 => ("of another tenant", Foreign[random.Next(Foreign.Length)]),
        8 when Dead.TryGetValue(place, out var dead) => dead[random.Next(dead.Length)],
        _ => Swapped(place, random),
    };

    /// <summary>What is good in another place.</summary>
    private (string Kind, string Text) Swapped(Place place, Random random)
    {
        var other = Places[random.Next(Places.Length)];
        return ($"swapped ({other})", Real[other] is var text && text != Real[place] ? text : Unknown(place, random));
    }

    private bool IsReal(Place place, string text)
    {
        var real = Real[place];
        // The operator may do all that a program may.
        if (text == real || place == Place.Bearer && text == Real[Place.Operator])
            return true;
        // Base64 may spell the same bytes in several ways; that is no other credential.
        return place is Place.Session or Place.Antiforgery or Place.HubNegotiation && Decoded(text) is { } bytes && Decoded(real) is { } own && bytes.AsSpan().SequenceEqual(own);
    }

    private static string Unknown(Place place, Random random) => place switch
    {
        Place.Bearer => "fct_" + Text(random, 32, TokenLetters),
        Place.Operator => Text(random, 64, "0123456789abcdef"),
        Place.OneTimeLink or Place.DeviceAddress or Place.DeviceBearer => Text(random, 32, TokenLetters),
        _ => WebEncoders.Base64UrlEncode(Bytes(random, 200)),
    };

    /// <summary>One bit of the text, or of the bytes that it stands for.</summary>
    private static string BitFlipped(string text, Random random)
    {
        if (text.Length > 80 && Decoded(text) is { } bytes)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            return WebEncoders.Base64UrlEncode(bytes);
        }
        while (true)
        {
            var at = random.Next(text.Length);
            var flipped = (char)(text[at] ^ (1 << random.Next(7)));
            if (Printable.Contains(flipped, StringComparison.Ordinal))
                return text[..at] + flipped + text[(at + 1)..];
        }
    }

    /// <summary>One character is another one, is missing, or is there twice; or two credentials in one.</summary>
    private static string Damaged(string text, Random random)
    {
        var at = random.Next(text.Length);
        return random.Next(5) switch
        {
            0 => text[..at] + (text[at] == 'b' ? 'c' : 'b') + text[(at + 1)..],
            1 => text.Remove(at, 1),
            2 => text.Insert(at, "b"),
            3 => text.ToUpperInvariant(),
            _ => text + text,
        };
    }

    private static string Jwt(Random random, string algorithm) => string.Join('.',
        Base64($$"""{"alg":"{{algorithm}}","typ":"JWT"}"""),
        Base64($$"""{"sub":"{{random.Next()}}","role":"admin","iss":"fieldcrm","tenant":"{{random.Next(3)}}","exp":4102444800}"""),
        algorithm == "none" && random.Next(2) == 0 ? "" : Text(random, 43, Printable[..64]));

    private static byte[]? Decoded(string text)
    {
        try
        {
            return WebEncoders.Base64UrlDecode(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string Base64(string text) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string Text(Random random, int length, string alphabet) => new(random.GetItems(alphabet.AsSpan(), length));
}
