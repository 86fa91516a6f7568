namespace CxrAnnotate;

/// <summary>
/// Converts stored values to grey in [0, 1], air dark (PS3.3, C.11): Modality LUT or rescale; VOI LUT, else window, else the full range; inverted for
/// the Photometric Interpretation MONOCHROME1 and the Presentation LUT Shape INVERSE.
/// </summary>
internal static class DicomPresentation
{
    /// <summary>The most stored bits for which a table of all values is made.</summary>
    private const int TableBits = 16;

    /// <summary>The grey values of a frame, row-major.</summary>
    /// <param name="file">The file.</param>
    /// <param name="image">Its image.</param>
    /// <param name="stored">The stored values of the frame, which are modified.</param>
    /// <param name="window">The VOI LUT or window by index; null for none (see <see cref="DicomOptions.Window"/>).</param>
    /// <param name="frame">The frame, which may have a window of its own.</param>
    /// <exception cref="InvalidDataException">An element of the presentation is invalid; the message names it.</exception>
    internal static float[] Grey(DicomFile file, DicomImage image, int[] stored, int? window = 0, int frame = 0)
    {
        image.Extract(stored);
        return image.Samples == 3 ? Colour(image, stored)
            : image.Photometric == "PALETTE COLOR" ? Palette(file, image, stored)
            : Monochrome(file, image, stored, window, frame);
    }

    private static float[] Monochrome(DicomFile file, DicomImage image, int[] values, int? window, int frame)
    {
        DicomDataSet data = file.Data;
        var modality = DicomModality.Read(data, frame, image.IsSigned, file.Notes);
        (int from, int to)? padding = PixelPadding(data, image);
        Func<double, double> voiLut =
            (window is { } index ? VoiLut(file, image, modality, index, frame) : null) ?? Full(image, modality, values, padding);
        bool inverse = image.Photometric == "MONOCHROME1" || IsInverse(data, file.Notes);
        float Shown(int value)
        {
            if (padding is var (from, to) && value >= from && value <= to)
                return 0f;
            double grey = voiLut(modality.Of(value));
            return (float)(inverse ? 1 - grey : grey);
        }

        float[] pixels = new float[values.Length];
        if (image.BitsStored > TableBits)
        {
            for (int i = 0; i < pixels.Length; i++)
                pixels[i] = Shown(values[i]);
            return pixels;
        }

        // One entry per possible value: the formulas are computed once per value, not once per pixel.
        int lowest = image.Lowest;
        float[] table = new float[image.Highest - lowest + 1];
        for (int i = 0; i < table.Length; i++)
            table[i] = Shown(lowest + i);
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = table[values[i] - lowest];
        return pixels;
    }

    /// <summary>Whether the Presentation LUT Shape inverts the image, however the file writes it.</summary>
    private static bool IsInverse(DicomDataSet data, DicomNotes notes)
    {
        string shape = data.Code(DicomTags.PresentationLutShape);
        if (!shape.Trim().Equals("INVERSE", StringComparison.OrdinalIgnoreCase))
            return false;
        if (shape != "INVERSE")
            notes.Deviates(
                $"its PresentationLUTShape {DicomTags.Write(DicomTags.PresentationLutShape)} is '{DicomDataSet.Shown(shape)}'",
                "INVERSE is taken"
            );
        return true;
    }

    /// <summary>The VOI LUT or the window (C.11.2), to [0, 1]; null if there is none, or none that can be applied.</summary>
    private static Func<double, double>? VoiLut(DicomFile file, DicomImage image, DicomModality modality, int index, int frame)
    {
        const string name = "VOI LUT";
        DicomDataSet data = file.Data,
            windowed = DicomFunctionalGroups.Find(data, frame, DicomTags.FrameVoiLutSequence) ?? data;
        IReadOnlyList<DicomDataSet> items = data.Items(DicomTags.VoiLutSequence);
        DicomDataSet[] tables = [.. items.Where(item => !DicomLut.IsEmpty(item))];
        if (tables.Length < items.Count)
        {
            file.Notes.Deviates($"its {name} {DicomTags.Write(DicomTags.VoiLutSequence)} has no entries", "it is left out");
        }

        if (index < tables.Length)
        {
            // The VOI LUT maps signed values if rescaling gives negative ones; a Modality LUT gives unsigned values (C.11.2.1.1).
            bool signed = !modality.IsTable && (modality.Of(image.Lowest) < 0 || modality.Of(image.Highest) < 0);
            DicomLut lut = DicomLut.Read(tables[index], name, signed, file.Notes);
            double white = lut.White(name, file.Notes);
            return value => lut.Of(value) / white;
        }

        int all = tables.Length + DicomWindow.Count(windowed);
        if (index < all)
            return DicomWindow.Read(windowed, index - tables.Length, file.Notes);
        if (all > 0)
            throw new InvalidDataException(
                ErrorCode.DicomWindowNotFound.Message($"it has {all} VOI LUTs and windows, and number {index} was requested (the first is 0)")
            );
        return null;
    }

    /// <summary>The full range: 8-bit values are used as they are; deeper values rarely fill their range, so the actual range is used.</summary>
    private static Func<double, double> Full(DicomImage image, DicomModality modality, int[] values, (int From, int To)? padding)
    {
        double black = double.PositiveInfinity,
            white = double.NegativeInfinity;
        if (image.BitsStored <= 8 && !modality.IsTable)
        {
            (black, white) = (modality.Of(image.Lowest), modality.Of(image.Highest));
        }
        else
        {
            // The Modality LUT need not be monotonic, so the extremes are determined after it.
            foreach (int value in Occurring(image, values))
            {
                if (padding is var (from, to) && value >= from && value <= to)
                    continue;
                double real = modality.Of(value);
                (black, white) = (Math.Min(black, real), Math.Max(white, real));
            }
        }

        // A negative slope reverses the range.
        (black, white) = (Math.Min(black, white), Math.Max(black, white));
        return value => white > black ? Math.Clamp((value - black) / (white - black), 0, 1) : 0;
    }

    /// <summary>The values that occur, each once if the stored bits are few.</summary>
    private static IEnumerable<int> Occurring(DicomImage image, int[] values)
    {
        if (image.BitsStored > TableBits)
            return values;
        int lowest = image.Lowest;
        bool[] occurs = new bool[image.Highest - lowest + 1];
        foreach (int value in values)
            occurs[value - lowest] = true;
        return Enumerable.Range(lowest, occurs.Length).Where(value => occurs[value - lowest]);
    }

    /// <summary>The stored values from Pixel Padding Value to Pixel Padding Range Limit, which are not part of the image (C.7.5.1.1.2).</summary>
    private static (int From, int To)? PixelPadding(DicomDataSet data, DicomImage image)
    {
        if (image.BitsStored > TableBits || data.Unsigned(DicomTags.PixelPaddingValue, "PixelPaddingValue") is not { } value)
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

    private static float[] Palette(DicomFile file, DicomImage image, int[] values)
    {
        var palette = DicomPalette.Read(file.Data, image.IsSigned, file.Notes);
        DicomLut[] channels = palette.Channels;
        float[] pixels = new float[values.Length];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = Math.Clamp(
                Luma.Of(channels[0].Of(values[i]), channels[1].Of(values[i]), channels[2].Of(values[i]), palette.White),
                0f,
                1f
            );
        return pixels;
    }
}
