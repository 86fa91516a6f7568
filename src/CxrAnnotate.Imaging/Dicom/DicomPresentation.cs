namespace CxrAnnotate;

/// <summary>
/// Converts stored values to grey in [0, 1], air dark (PS3.3, C.11): Modality LUT or rescale; VOI LUT, else window, else the full range; inverted for
/// the Photometric Interpretation MONOCHROME1 and the Presentation LUT Shape INVERSE.
/// </summary>
internal static class DicomPresentation
{
    private const double LargestNumber = 1e300;

    /// <summary>The grey values of a frame, row-major.</summary>
    /// <param name="file">The file.</param>
    /// <param name="image">Its image.</param>
    /// <param name="stored">The stored values of the frame, which are modified.</param>
    /// <param name="window">The VOI LUT or window by index; null for none (see <see cref="DicomOptions.Window"/>).</param>
    /// <exception cref="InvalidDataException">An element of the presentation is invalid; the message names it.</exception>
    internal static float[] Grey(DicomFile file, DicomImage image, int[] stored, int? window = 0)
    {
        image.Extract(stored);
        return image.Samples == 3 ? Colour(image, stored)
            : image.Photometric == "PALETTE COLOR" ? Palette(file.Data, image, stored)
            : Monochrome(file.Data, image, stored, window);
    }

    private static float[] Monochrome(DicomDataSet data, DicomImage image, int[] values, int? window)
    {
        int lowest = image.Lowest,
            count = image.Highest - lowest + 1;
        Func<int, double> modality = ModalityLut(data, image);
        (int from, int to)? padding = PixelPadding(data, image);
        Func<double, double> voiLut = VoiLut(data, image, modality, values, padding, window);
        bool inverse = image.Photometric == "MONOCHROME1" || data.Code(DicomTags.PresentationLutShape) == "INVERSE";
        // One entry per possible value: the formulas are computed once per value, not once per pixel.
        float[] table = new float[count];
        for (int i = 0; i < count; i++)
        {
            int value = lowest + i;
            double grey = voiLut(modality(value));
            table[i] = padding is var (from, to) && value >= from && value <= to ? 0f : (float)(inverse ? 1 - grey : grey);
        }

        float[] pixels = new float[values.Length];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = table[values[i] - lowest];
        return pixels;
    }

    /// <summary>The Modality LUT, or the rescale slope and intercept (C.11.1).</summary>
    private static Func<int, double> ModalityLut(DicomDataSet data, DicomImage image)
    {
        if (data.Items(DicomTags.ModalityLutSequence) is [var item, ..])
        {
            DicomLut lut = DicomLut.Read(item, "Modality LUT", image.IsSigned);
            return value => lut.Of(value);
        }

        double slope = data.Numbers(DicomTags.RescaleSlope, "RescaleSlope") is [var s, ..] ? s : 1,
            intercept = data.Numbers(DicomTags.RescaleIntercept, "RescaleIntercept") is [var b, ..] ? b : 0;
        if (slope == 0)
            throw new InvalidDataException(ErrorCode.DicomAttribute.Message($"its RescaleSlope {DicomTags.Write(DicomTags.RescaleSlope)} is 0"));
        // Differences of the results must be finite as well.
        if (Math.Abs(slope) > LargestNumber || Math.Abs(intercept) > LargestNumber)
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message(
                    $"its RescaleSlope {DicomTags.Write(DicomTags.RescaleSlope)} is {slope} and its RescaleIntercept {intercept}; numbers up to "
                        + $"{LargestNumber} are read"
                )
            );
        return value => (value * slope) + intercept;
    }

    /// <summary>The VOI LUT, the window or the full range (C.11.2), to [0, 1].</summary>
    private static Func<double, double> VoiLut(
        DicomDataSet data,
        DicomImage image,
        Func<int, double> modality,
        int[] values,
        (int From, int To)? padding,
        int? chosen
    )
    {
        if (chosen is { } index)
        {
            IReadOnlyList<DicomDataSet> tables = data.Items(DicomTags.VoiLutSequence);
            if (index < tables.Count)
            {
                // The VOI LUT maps signed values if rescaling gives negative ones; a Modality LUT gives unsigned values (C.11.2.1.1).
                bool signed = data.Items(DicomTags.ModalityLutSequence).Count == 0 && (modality(image.Lowest) < 0 || modality(image.Highest) < 0);
                DicomLut lut = DicomLut.Read(tables[index], "VOI LUT", signed);
                return value => (double)Math.Min(lut.Of(value), lut.LargestEntry) / lut.LargestEntry;
            }

            double[] centres = data.Numbers(DicomTags.WindowCenter, "WindowCenter"),
                widths = data.Numbers(DicomTags.WindowWidth, "WindowWidth");
            int windows = Math.Min(centres.Length, widths.Length),
                all = tables.Count + windows;
            if (index < all)
                return DicomWindow.Function(data.Code(DicomTags.VoiLutFunction), centres[index - tables.Count], widths[index - tables.Count]);
            if (all > 0)
                throw new InvalidDataException(
                    ErrorCode.DicomWindowNotFound.Message(
                        $"it has {all} VOI LUTs and windows, and number {index} was requested (the first is 0)"
                    )
                );
        }

        // No window: 8-bit values are used as they are; deeper values rarely fill their range, so the actual range is used.
        double black = double.PositiveInfinity,
            white = double.NegativeInfinity;
        if (image.BitsStored <= 8 && data.Items(DicomTags.ModalityLutSequence).Count == 0)
        {
            (black, white) = (modality(image.Lowest), modality(image.Highest));
        }
        else
        {
            // The Modality LUT need not be monotonic, so the extremes are determined after it, once per value that occurs, not once per pixel.
            int lowest = image.Lowest;
            bool[] occurs = new bool[image.Highest - lowest + 1];
            foreach (int value in values)
                occurs[value - lowest] = true;
            for (int value = lowest; value <= image.Highest; value++)
            {
                if (!occurs[value - lowest] || (padding is var (from, to) && value >= from && value <= to))
                    continue;
                double real = modality(value);
                (black, white) = (Math.Min(black, real), Math.Max(white, real));
            }
        }

        // A negative slope reverses the range.
        (black, white) = (Math.Min(black, white), Math.Max(black, white));
        return value => white > black ? Math.Clamp((value - black) / (white - black), 0, 1) : 0;
    }

    /// <summary>The stored values from Pixel Padding Value to Pixel Padding Range Limit, which are not part of the image (C.7.5.1.1.2).</summary>
    private static (int From, int To)? PixelPadding(DicomDataSet data, DicomImage image)
    {
        if (data.Unsigned(DicomTags.PixelPaddingValue, "PixelPaddingValue") is not { } value)
            return null;
        int limit = data.Unsigned(DicomTags.PixelPaddingRangeLimit, "PixelPaddingRangeLimit") ?? value;
        if (image.IsSigned)
            (value, limit) = ((short)value, (short)limit);
        return (Math.Min(value, limit), Math.Max(value, limit));
    }

    private static float[] Colour(DicomImage image, int[] values)
    {
        int full = (1 << image.BitsStored) - 1;
        // The colour transforms of JPEG 2000, YBR_RCT and YBR_ICT, are undone by its decoder.
        bool luminance = image.Photometric.StartsWith("YBR_FULL", StringComparison.Ordinal);
        float[] pixels = new float[values.Length / 3];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = luminance
                ? Math.Clamp((float)values[3 * i] / full, 0f, 1f)
                : Math.Clamp(Luma.Of(values[3 * i], values[(3 * i) + 1], values[(3 * i) + 2], full), 0f, 1f);
        return pixels;
    }

    private static float[] Palette(DicomDataSet data, DicomImage image, int[] values)
    {
        var channels = new DicomLut[3];
        for (uint i = 0; i < 3; i++)
            channels[i] = DicomLut.Read(data, "palette", image.IsSigned, DicomTags.RedPaletteDescriptor + i, DicomTags.RedPalette + i);
        float[] pixels = new float[values.Length];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = Math.Clamp(
                Luma.Of(channels[0].Of(values[i]), channels[1].Of(values[i]), channels[2].Of(values[i]), channels[0].LargestEntry),
                0f,
                1f
            );
        return pixels;
    }
}
