using NetVips;

namespace CxrAnnotate;

/// <summary>Writes grey images.</summary>
internal static class RadiographWriter
{
    /// <summary>Writes an 8-bit grey PNG. The same pixels always give the same bytes.</summary>
    /// <param name="path">The file; its folder must exist. An existing file is replaced.</param>
    /// <param name="grey">width * height values, row-major.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    internal static void SavePng(string path, ReadOnlySpan<byte> grey, int width, int height) =>
        File.WriteAllBytes(path, EncodePng(grey, width, height));

    /// <summary>The bytes of the file that <see cref="SavePng"/> writes.</summary>
    internal static byte[] EncodePng(ReadOnlySpan<byte> grey, int width, int height)
    {
        if (width < 1 || height < 1 || grey.Length != (long)width * height)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"{grey.Length} values do not fill an image of {width} x {height}."),
                nameof(grey)
            );
        VipsRuntime.EnsureLoaded();
        using Image samples = Image.NewFromMemoryCopy(grey, width, height, 1, Enums.BandFormat.Uchar);
        using Image picture = samples.Copy(interpretation: Enums.Interpretation.Bw);
        return picture.PngsaveBuffer(compression: 6, filter: Enums.ForeignPngFilter.Sub, keep: Enums.ForeignKeep.None);
    }

    /// <summary>Converts pixels in [0, 1] to bytes, rounded to the nearest. Values outside are clamped, and NaN is black.</summary>
    internal static byte[] ToBytes(ReadOnlySpan<float> pixels)
    {
        byte[] grey = new byte[pixels.Length];
        for (int i = 0; i < grey.Length; i++)
            grey[i] = (byte)Math.Clamp(MathF.Round(float.IsNaN(pixels[i]) ? 0 : pixels[i] * 255), 0, 255);
        return grey;
    }
}
