using System.Runtime.InteropServices;
using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class GreyConversionTests
{
    [Fact]
    public void Every_sample_is_exactly_its_fraction_of_the_full_scale()
    {
        ushort[] samples = [.. Enumerable.Range(0, 65536).Select(v => (ushort)v)];
        float[] grey = new float[65536];
        GreyConversion.Convert16(MemoryMarshal.AsBytes(samples.AsSpan()), 1, grey);
        Assert.Equal(samples.Select(v => v / 65535f), grey);
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(v => (byte)v)];
        GreyConversion.Convert(bytes, 1, grey.AsSpan(0, 256));
        Assert.Equal(bytes.Select(v => v / 255f), grey[..256]);
    }

    [Fact]
    public void A_row_of_any_length_and_number_of_bands_is_converted_sample_by_sample() =>
        Gen.Select(Gen.UShort.Array[1, 40], Gen.Int[1, 2])
            .Sample(
                (values, bands) =>
                {
                    ushort[] samples = [.. values.SelectMany(v => Enumerable.Range(0, bands).Select(b => b == 0 ? v : (ushort)7))];
                    float[] wide = new float[values.Length],
                        narrow = new float[values.Length];
                    GreyConversion.Convert16(MemoryMarshal.AsBytes(samples.AsSpan()), bands, wide);
                    GreyConversion.Convert([.. samples.Select(s => (byte)s)], bands, narrow);
                    Assert.Equal(values.Select(v => v / 65535f), wide);
                    Assert.Equal(values.Select(v => (byte)v / 255f), narrow);
                }
            );
}
