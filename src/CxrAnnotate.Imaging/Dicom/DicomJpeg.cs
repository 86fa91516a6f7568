namespace CxrAnnotate;

/// <summary>The samples of a JPEG stream as those of a DICOM image.</summary>
internal static class DicomJpeg
{
    /// <summary>The samples of a frame, as PixelRepresentation and PhotometricInterpretation have them.</summary>
    /// <exception cref="InvalidDataException">The stream is damaged, or not of the image that the header describes.</exception>
    internal static int[] Decode(ReadOnlySpan<byte> data, DicomImage image, DicomNotes notes)
    {
        int before = DicomCoding.Before(data);
        if (before > 0)
            notes.Deviates($"{before} bytes precede the start-of-image marker of its JPEG data", "they are skipped", ErrorCode.DicomPixelData);
        JpegImage jpeg = JpegImage.Decode(data[before..], (long)image.Rows * image.Columns, frame => Check(frame, image));
        if (jpeg.Precision > image.BitsAllocated)
            throw new InvalidDataException(
                ErrorCode.DicomPixelData.Message($"its JPEG data have {jpeg.Precision} bits, and {image.BitsAllocated} are allocated")
            );
        int[] values = new int[image.Rows * image.Columns * image.Samples];
        for (int y = 0; y < image.Rows; y++)
        {
            for (int s = 0; s < image.Samples; s++)
                jpeg.CopyRow(s, y, values.AsSpan((y * image.Columns * image.Samples) + s), image.Samples);
        }

        if (jpeg.IsLossy)
            Clamp(values, jpeg.Precision, image);
        Cast(values, image);
        if (image.Samples == 3)
            Convert(values, jpeg, image, notes);
        return values;
    }

    private static void Check(JpegImage jpeg, DicomImage image)
    {
        if (jpeg.Width != image.Columns || jpeg.Height != image.Rows || jpeg.Components != image.Samples)
            throw new InvalidDataException(
                ErrorCode.DicomPixelData.Message(
                    $"its JPEG data are {jpeg.Width} x {jpeg.Height} pixels of {jpeg.Components} components, and its header says "
                        + $"{image.Columns} x {image.Rows} of {image.Samples}"
                )
            );
        image.CheckMemory(jpeg.CoefficientBytes);
    }

    /// <summary>
    /// Values of a lossy process overshoot at edges, above the bits that are stored: reduced to these, white would become black. Signed values of
    /// fewer bits are sign-extended or not; the half of the range that is in use shows which.
    /// </summary>
    private static void Clamp(int[] values, int precision, DicomImage image)
    {
        int stored = image.BitsStored;
        if (stored >= precision || image.Bits.High != stored - 1)
            return;
        if (!image.IsSigned || !Array.Exists(values, value => value >> (precision - 1) != 0))
        {
            foreach (ref int value in values.AsSpan())
                value = Math.Min(value, (1 << stored) - 1);
            return;
        }

        int sign = 1 << (precision - 1);
        foreach (ref int value in values.AsSpan())
            value = Math.Clamp((value ^ sign) - sign, image.Lowest, image.Highest);
    }

    /// <summary>
    /// Brings values to the allocated bits. Lossless prediction is modulo 2^16: a damaged image may exceed its precision, but must stay within these.
    /// </summary>
    private static void Cast(int[] values, DicomImage image)
    {
        if (image.BitsAllocated == 8)
        {
            foreach (ref int value in values.AsSpan())
                value = image.IsSigned ? (sbyte)value : (byte)value;
        }
        else if (image.IsSigned)
        {
            foreach (ref int value in values.AsSpan())
                value = (short)value;
        }
    }

    /// <summary>Converts colours that are not those of the header. The stream decides where it says what they are.</summary>
    private static void Convert(int[] values, JpegImage jpeg, DicomImage image, DicomNotes notes)
    {
        bool isRgb = image.Photometric == "RGB";
        // A lossless process codes colours as they are, RGB whatever a marker of its format says.
        bool? found =
            jpeg.IsLossy ? jpeg.IsRgb
            : isRgb || jpeg.AdobeTransform is 0 ? true
            : null;
        if (found is not { } dataAreRgb || dataAreRgb == isRgb)
            return;
        notes.Deviates(
            $"its PhotometricInterpretation {DicomTags.Write(DicomTags.PhotometricInterpretation)} is {image.Photometric}, but its JPEG data are "
                + (dataAreRgb ? "RGB" : "YCbCr"),
            "they are converted",
            ErrorCode.DicomPixelData
        );
        int full = (1 << image.BitsStored) - 1;
        if (dataAreRgb)
            DicomColour.ToYbr(values, full);
        else
            DicomColour.ToRgb(values, full);
    }
}
