namespace CxrAnnotate;

/// <summary>The image attributes of a data set (PS3.3, C.7.6.3).</summary>
internal sealed class DicomImage
{
    private readonly DicomFile _file;

    private DicomImage(DicomFile file, RadiographLimits limits) => (_file, Limits) = (file, limits);

    /// <summary>The defined term, however the file writes it.</summary>
    internal required string Photometric { get; init; }

    /// <summary>Samples per pixel, 1 or 3.</summary>
    internal required int Samples { get; init; }

    internal required int Rows { get; init; }

    internal required int Columns { get; init; }

    internal required DicomBits Bits { get; init; }

    internal int BitsAllocated => Bits.Allocated;

    internal int BitsStored => Bits.Stored;

    internal required bool IsSigned { get; init; }

    internal required int Frames { get; init; }

    /// <summary>Whether uncompressed samples lie plane by plane, not pixel by pixel.</summary>
    internal required bool IsPlanar { get; init; }

    /// <summary>The smallest value that the stored bits can hold.</summary>
    internal int Lowest => IsSigned ? -(1 << (BitsStored - 1)) : 0;

    /// <summary>The largest value that the stored bits can hold; of 32 unsigned bits the largest that is read.</summary>
    internal int Highest => BitsStored == 32 ? int.MaxValue : (int)(Lowest + (1L << BitsStored) - 1);

    /// <summary>Reads the image attributes.</summary>
    /// <exception cref="InvalidDataException">There is no image, it is not a radiograph, or an attribute is invalid; the message names the
    /// element.</exception>
    internal static DicomImage Of(DicomFile file, long maximumPixels) =>
        Of(file, new RadiographLimits(maximumPixels, int.MaxValue, double.PositiveInfinity, long.MaxValue));

    /// <summary>Reads the image attributes.</summary>
    /// <exception cref="InvalidDataException">There is no image, it is not a radiograph, it is too large, or an attribute is invalid; the message
    /// names the element.</exception>
    internal static DicomImage Of(DicomFile file, RadiographLimits limits)
    {
        DicomDataSet data = file.Data;
        if (data.Find(DicomTags.PixelData) is null)
        {
            throw new InvalidDataException(
                ErrorCode.DicomWithoutImage.Message(
                    data.Find(DicomTags.FloatPixelData) is not null || data.Find(DicomTags.DoubleFloatPixelData) is not null
                        ? "its pixels are floating-point numbers, which no radiograph has"
                        : "it has no image (no PixelData)"
                )
            );
        }

        return Describe(file, limits);
    }

    /// <summary>Reads the image attributes of a data set that was read up to its pixels.</summary>
    internal static DicomImage Describe(DicomFile file, RadiographLimits limits)
    {
        DicomDataSet data = file.Data;
        int samples = data.Unsigned(DicomTags.SamplesPerPixel, "SamplesPerPixel") ?? 1;
        string photometric = PhotometricOf(data, file.Notes);
        bool grey = photometric is "MONOCHROME1" or "MONOCHROME2" or "PALETTE COLOR";
        if (samples != (grey ? 1 : 3))
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message(
                    $"its SamplesPerPixel {DicomTags.Write(DicomTags.SamplesPerPixel)} is {samples}, which does not fit {photometric}"
                )
            );
        int rows = Required(data, DicomTags.Rows, "Rows"),
            columns = Required(data, DicomTags.Columns, "Columns");
        if (rows == 0 || columns == 0)
            throw new InvalidDataException(ErrorCode.DicomAttribute.Message($"it declares {rows} rows of {columns} pixels"));
        limits.CheckSize(columns, rows);
        int frames = FramesOf(data, file.Notes);
        var bits = DicomBits.Of(data, (long)rows * columns * samples * frames, file.Notes);
        if (!grey && bits.Allocated is not (8 or 16))
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message(
                    $"its BitsAllocated {DicomTags.Write(DicomTags.BitsAllocated)} is {bits.Allocated}, which does not fit {photometric}"
                )
            );
        var image = new DicomImage(file, limits)
        {
            Photometric = photometric,
            Samples = samples,
            Rows = rows,
            Columns = columns,
            Bits = bits,
            IsSigned = data.Unsigned(DicomTags.PixelRepresentation, "PixelRepresentation") is 1,
            IsPlanar = data.Unsigned(DicomTags.PlanarConfiguration, "PlanarConfiguration") is 1,
            Frames = frames,
        };
        image.CheckMemory();
        return image;
    }

    /// <summary>Bytes of an uncompressed frame, if two pixels of YBR_FULL_422 share their colour.</summary>
    internal long FrameBytes => BytesOf((long)Rows * Columns * (Photometric == "YBR_FULL_422" ? 2 : Samples));

    /// <summary>Bytes of an uncompressed frame with all samples of every pixel.</summary>
    internal long LargestFrameBytes => BytesOf((long)Rows * Columns * Samples);

    /// <summary>
    /// The memory that decoding a frame takes: its samples as bytes, as integers and, if they have to be reordered, once more, and its grey values.
    /// </summary>
    internal long DecodedBytes =>
        (long)Rows * Columns * ((Samples * (((BitsAllocated + 7) / 8) + sizeof(int) + (Samples > 1 ? sizeof(int) : 0))) + sizeof(float));

    /// <summary>What decoding may take.</summary>
    internal RadiographLimits Limits { get; }

    /// <summary>Checks the memory for decoding against the limits.</summary>
    /// <param name="more">The memory that the coding takes in addition.</param>
    /// <exception cref="InvalidDataException">The limit is exceeded.</exception>
    internal void CheckMemory(long more = 0) => Limits.CheckMemory(DecodedBytes + more, $"for a frame of {Columns} x {Rows} pixels");

    /// <summary>
    /// The samples of a frame in their allocated bits, signed or unsigned by PixelRepresentation; row-major, interleaved by pixel. Bits above
    /// HighBit are still included (see <see cref="Extract"/>).
    /// </summary>
    /// <exception cref="InvalidDataException">The data are too short, damaged, or of an unsupported coding.</exception>
    internal int[] Decode(int frame = 0)
    {
        if (frame < 0 || frame >= Frames)
            throw new InvalidDataException(
                ErrorCode.DicomFrameNotFound.Message($"it has {Frames} frames, and frame {frame} was requested (the first is 0)")
            );
        return new DicomPixels(_file, this).Decode(frame);
    }

    /// <summary>Reduces values to their BitsStored bits up to HighBit, sign-extended (PS3.5, 8.1.1).</summary>
    internal void Extract(Span<int> values) => Bits.Extract(values, IsSigned);

    private long BytesOf(long samples) => ((samples * BitsAllocated) + 7) / 8;

    private static string PhotometricOf(DicomDataSet data, DicomNotes notes)
    {
        string said = data.Code(DicomTags.PhotometricInterpretation),
            wrong = $"its PhotometricInterpretation {DicomTags.Write(DicomTags.PhotometricInterpretation)} is '{DicomDataSet.Shown(said)}'";
        string? term = string.Concat(said.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant() switch
        {
            "MONOCHROME1" => "MONOCHROME1",
            "MONOCHROME2" => "MONOCHROME2",
            "PALETTECOLOR" => "PALETTE COLOR",
            "RGB" => "RGB",
            "YBRFULL" => "YBR_FULL",
            "YBRFULL422" => "YBR_FULL_422",
            "YBRICT" => "YBR_ICT",
            "YBRRCT" => "YBR_RCT",
            _ => null,
        };
        if (term is null)
            throw new InvalidDataException(ErrorCode.DicomAttribute.Message($"{wrong}, which is not supported"));
        if (term != said)
            notes.Deviates(wrong, $"{term} is taken");
        return term;
    }

    private static int FramesOf(DicomDataSet data, DicomNotes notes)
    {
        if (data.Numbers(DicomTags.NumberOfFrames, "NumberOfFrames", notes) is not [var frames, ..])
            return 1;
        if (frames is >= 1 and <= int.MaxValue)
            return (int)frames;
        string wrong = $"its NumberOfFrames {DicomTags.Write(DicomTags.NumberOfFrames)} is {DicomDataSet.Shown(frames)}";
        if (frames > 0)
            throw new InvalidDataException(ErrorCode.DicomAttribute.Message(wrong));
        notes.Deviates(wrong, "one frame is read");
        return 1;
    }

    private static int Required(DicomDataSet data, uint tag, string name) =>
        data.Unsigned(tag, name) ?? throw new InvalidDataException(ErrorCode.DicomAttribute.Message($"it has no {name} {DicomTags.Write(tag)}"));
}
