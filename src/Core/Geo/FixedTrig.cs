namespace FieldCrm.Core.Geo;

/// <summary>
/// Sine, cosine and arcsine in 2^-60 fixed point. <c>Math.Sin</c> may differ between runtimes in the last bits; these
/// are integer additions, multiplications and shifts only, so the server and the browser get the same bits.
/// Absolute error of each is below 2^-49.
/// </summary>
internal static class FixedTrig
{
    public const int FractionBits = 60;
    public const long One = 1L << FractionBits;

    private const long HalfPi = 1_811_004_864_519_280_711; // π/2 · 2^60
    private const long QuarterTurnHalfE7 = 2L * GeoPoint.MaxLatitudeE7;

    /// <summary>Sine of an angle of 0 … 90° given in halves of 1e-7° (so that half a difference is exact).</summary>
    public static long SinHalfE7(long angle) =>
        angle <= QuarterTurnHalfE7 / 2 ? SinOctant(Radians(angle)) : CosOctant(Radians(QuarterTurnHalfE7 - angle));

    /// <summary>Cosine of an angle of −90 … 90° given in halves of 1e-7°.</summary>
    public static long CosHalfE7(long angle) => SinHalfE7(QuarterTurnHalfE7 - Math.Abs(angle));

    /// <summary>Arcsine in 2^-60 radians of a value of 0 … 1.</summary>
    public static long Asin(long value)
    {
        // Above one half the series converges too slowly: asin x = π/2 − 2 asin √((1 − x) / 2).
        if (value > One / 2)
            return HalfPi - 2 * AsinSeries(Sqrt((UInt128)((One - value) / 2) << FractionBits));
        return AsinSeries(value);
    }

    /// <summary>Both in 2^-60, rounded down.</summary>
    public static long Multiply(long left, long right)
    {
        var high = Math.BigMul(left, right, out long low);
        return (high << (64 - FractionBits)) | (long)((ulong)low >> FractionBits);
    }

    /// <summary>The whole part of the square root; the floating-point seed is corrected, so it decides nothing.</summary>
    public static long Sqrt(UInt128 value)
    {
        if (value <= ulong.MaxValue)
            return Sqrt((ulong)value);
        var root = (UInt128)Sqrt((ulong)(value >> 64)) << 32;
        root += UInt128.One << 32; // not below the root: Newton's steps then only fall
        while (true)
        {
            var next = (root + value / root) >> 1;
            if (next >= root)
                return (long)root;
            root = next;
        }
    }

    public static long Sqrt(ulong value)
    {
        var root = (ulong)Math.Sqrt(value);
        while (root > uint.MaxValue || root * root > value)
            root--;
        while (root < uint.MaxValue && (root + 1) * (root + 1) <= value)
            root++;
        return (long)root;
    }

    // Halves of 1e-7° to 2^-60 radians: π / (360 · 1e7) · 2^60, kept with 32 more bits.
    private static long Radians(long halfE7) => (long)(((Int128)halfE7 * RadiansPerHalfE7) >> 32);

    private const long RadiansPerHalfE7 = 4_321_225_925_559_567_452; // π / 3.6e9 · 2^92

    // Taylor in Horner's form on 0 … π/4, with 2^60 / k! as constants; the first term left out is below 2^-49.
    private static long SinOctant(long x)
    {
        var square = Multiply(x, x);
        var sum = Multiply(square, 881_658);
        sum = Multiply(square, 185_148_170 - sum);
        sum = Multiply(square, 28_883_114_493 - sum);
        sum = Multiply(square, 3_177_142_594_265 - sum);
        sum = Multiply(square, 228_754_266_787_073 - sum);
        sum = Multiply(square, 9_607_679_205_057_058 - sum);
        sum = Multiply(square, 192_153_584_101_141_163 - sum);
        return Multiply(x, One - sum);
    }

    private static long CosOctant(long x)
    {
        var square = Multiply(x, x);
        var sum = Multiply(square, 13_224_869);
        sum = Multiply(square, 2_406_926_208 - sum);
        sum = Multiply(square, 317_714_259_426 - sum);
        sum = Multiply(square, 28_594_283_348_384 - sum);
        sum = Multiply(square, 1_601_279_867_509_510 - sum);
        sum = Multiply(square, 48_038_396_025_285_291 - sum);
        sum = Multiply(square, 576_460_752_303_423_488 - sum);
        return One - sum;
    }

    // asin x = Σ c_n x^(2n+1), c_n / c_(n-1) = (2n−1)² / (2n (2n+1)); on 0 … 1/2 a term shrinks fourfold each time.
    private static long AsinSeries(long x)
    {
        var square = Multiply(x, x);
        var sum = One;
        for (var n = 26; n >= 1; n--)
            sum = One + Multiply(Multiply(square, sum), (2 * n - 1) * (2 * n - 1) * (One / (2 * n * (2 * n + 1))));
        return Multiply(x, sum);
    }
}
