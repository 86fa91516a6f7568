using System.Buffers.Binary;

namespace CxrAnnotate;

/// <summary>The image attributes of a data set, and the stored values of its frames (PS3.3, C.7.6.3; PS3.5, chapter 8 and annex A.4).</summary>
internal sealed class DicomImage
{
    private readonly DicomFile _file;

    private DicomImage(DicomFile file, string photometric, int samples)
    {
        _file = file;
        Photometric = photometric;
        Samples = samples;
    }

    internal string Photometric { get; }

    /// <summary>Samples per pixel, 1 or 3.</summary>
    internal int Samples { get; }

    internal int Rows { get; private init; }

    internal int Columns { get; private init; }

    internal int BitsAllocated { get; private init; }

    internal int BitsStored { get; private init; }

    internal int HighBit { get; private init; }

    internal bool IsSigned { get; private init; }

    internal int Frames { get; private init; }

    /// <summary>The smallest value that the stored bits can hold.</summary>
    internal int Lowest => IsSigned ? -(1 << (BitsStored - 1)) : 0;

    /// <summary>The largest value that the stored bits can hold.</summary>
    internal int Highest => Lowest + (1 << BitsStored) - 1;

    private bool Planar { get; init; }

    private RadiographLimits Limits { get; init; }

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
        string photometric = data.Code(DicomTags.PhotometricInterpretation);
        bool grey = photometric is "MONOCHROME1" or "MONOCHROME2" or "PALETTE COLOR";
        if (!grey && photometric is not ("RGB" or "YBR_FULL" or "YBR_FULL_422" or "YBR_ICT" or "YBR_RCT"))
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message(
                    $"its PhotometricInterpretation {DicomTags.Write(DicomTags.PhotometricInterpretation)} is '{photometric}', which is not supported"
                )
            );
        if (samples != (grey ? 1 : 3))
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message(
                    $"its SamplesPerPixel {DicomTags.Write(DicomTags.SamplesPerPixel)} is {samples}, which does not fit {photometric}"
                )
            );
        int allocated = Required(data, DicomTags.BitsAllocated, "BitsAllocated");
        if (allocated is not (8 or 16))
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message($"its BitsAllocated {DicomTags.Write(DicomTags.BitsAllocated)} is {allocated}, not 8 or 16")
            );
        int stored = data.Unsigned(DicomTags.BitsStored, "BitsStored") ?? allocated;
        int high = data.Unsigned(DicomTags.HighBit, "HighBit") ?? stored - 1;
        if (stored < 1 || stored > allocated || high < stored - 1 || high >= allocated)
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message(
                    $"its BitsStored {DicomTags.Write(DicomTags.BitsStored)} is {stored} and its HighBit {high}, which does not fit {allocated} "
                        + $"bits allocated"
                )
            );
        int rows = Required(data, DicomTags.Rows, "Rows"),
            columns = Required(data, DicomTags.Columns, "Columns");
        if (rows == 0 || columns == 0)
            throw new InvalidDataException(ErrorCode.DicomAttribute.Message($"it declares {rows} rows of {columns} pixels"));
        limits.CheckSize(columns, rows);
        double[] frames = data.Numbers(DicomTags.NumberOfFrames, "NumberOfFrames");
        if (frames is [var n, ..] && n is not (>= 1 and <= int.MaxValue))
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message($"its NumberOfFrames {DicomTags.Write(DicomTags.NumberOfFrames)} is {frames[0]}")
            );
        var image = new DicomImage(file, photometric, samples)
        {
            Rows = rows,
            Columns = columns,
            BitsAllocated = allocated,
            BitsStored = stored,
            HighBit = high,
            IsSigned = data.Unsigned(DicomTags.PixelRepresentation, "PixelRepresentation") is 1,
            Planar = data.Unsigned(DicomTags.PlanarConfiguration, "PlanarConfiguration") is 1,
            Frames = frames is [var count, ..] ? (int)count : 1,
            Limits = limits,
        };
        limits.CheckMemory(image.DecodedBytes, $"for a frame of {columns} x {rows} pixels");
        return image;
    }

    /// <summary>Bytes of an uncompressed frame.</summary>
    internal long FrameBytes => (long)Rows * Columns * BitsAllocated / 8 * (Photometric == "YBR_FULL_422" ? 2 : Samples);

    /// <summary>
    /// The memory that decoding a frame takes: its samples as bytes, as integers and, if they have to be reordered, once more, and its grey values.
    /// </summary>
    internal long DecodedBytes =>
        (long)Rows * Columns * ((Samples * ((BitsAllocated / 8) + sizeof(int) + (Samples > 1 ? sizeof(int) : 0))) + sizeof(float));

    /// <summary>
    /// The samples of a frame in their 8 or 16 allocated bits, signed or unsigned by PixelRepresentation; row-major, interleaved by pixel. Bits above
    /// HighBit are still included (see <see cref="Extract"/>).
    /// </summary>
    /// <exception cref="InvalidDataException">The data are too short, damaged, or of an unsupported coding.</exception>
    internal int[] Decode(int frame = 0)
    {
        if (frame < 0 || frame >= Frames)
            throw new InvalidDataException(
                ErrorCode.DicomFrameNotFound.Message($"it has {Frames} frames, and frame {frame} was requested (the first is 0)")
            );
        DicomElement element = _file.Data.Find(DicomTags.PixelData)!;
        if (element.Items is not null)
            throw new InvalidDataException(ErrorCode.DicomPixelData.Message("its PixelData are a sequence"));
        if (element.Fragments is null)
            return Native(element.Value, frame);
        ReadOnlyMemory<byte> data = Compressed(element.Fragments, frame);
        switch (_file.Syntax.Coding)
        {
            case DicomPixelCoding.Encapsulated:
                return Native(data, 0);
            case DicomPixelCoding.Rle:
                return Samples16(RunLengths.Decode(data.Span, Rows * Columns, Samples, BitsAllocated / 8));
            case DicomPixelCoding.Jpeg:
                return FromJpeg(data.Span);
            case DicomPixelCoding.Native:
                throw new InvalidDataException(
                    ErrorCode.DicomPixelData.Message(
                        $"its pixel data are encapsulated, but its transfer syntax is {_file.Syntax.Name}, which has none"
                    )
                );
        }

        Func<DicomFrame, byte[]> decode =
            DicomCodecs.Find(_file.Syntax.Uid)
            ?? throw new InvalidDataException(
                ErrorCode.DicomCompression.Message(
                    $"its pixels use the transfer syntax {_file.Syntax.Name} ({_file.Syntax.Uid}), which this library does not decode; "
                        + $"register a decoder with DicomCodecs.Register, or convert the file (gdcmconv --raw)"
                )
            );
        byte[] samples = decode(new DicomFrame(data, Rows, Columns, Samples, BitsAllocated, BitsStored, IsSigned) { Limits = Limits });
        if (samples is null || samples.LongLength != (long)Rows * Columns * Samples * (BitsAllocated / 8))
            throw new InvalidDataException(
                ErrorCode.DicomDecoder.Message(
                    $"the decoder of {_file.Syntax.Uid} returned {samples?.Length ?? 0} bytes for {Columns} x {Rows} pixels"
                )
            );
        return Samples16(samples);
    }

    /// <summary>
    /// Reduces values to their BitsStored bits up to HighBit, sign-extended (PS3.5, 8.1.1). The other bits may hold anything; old files keep overlays
    /// there.
    /// </summary>
    internal void Extract(Span<int> values)
    {
        int shift = HighBit + 1 - BitsStored;
        if (shift == 0 && BitsStored == BitsAllocated)
            return;
        int mask = (1 << BitsStored) - 1,
            sign = IsSigned ? 1 << (BitsStored - 1) : 0;
        foreach (ref int value in values)
            value = (((value >> shift) & mask) ^ sign) - sign;
    }

    private int[] Native(ReadOnlyMemory<byte> value, int frame)
    {
        // Two pixels of YBR_FULL_422 share their colour: Y Y Cb Cr.
        bool halved = Photometric == "YBR_FULL_422";
        long bytes = FrameBytes,
            start = bytes * frame;
        if (start + bytes > value.Length)
            throw new InvalidDataException(
                ErrorCode.DicomPixelData.Message($"its pixel data are truncated: {value.Length} bytes, but {start + bytes} are needed")
            );
        byte[] samples;
        // Words of two samples are byte-swapped as well; a frame of an odd number of bytes begins or ends within a word.
        if (_file.Syntax.BigEndian && (BitsAllocated == 16 || _file.Data.Find(DicomTags.PixelData)!.Representation == "OW"))
        {
            samples = new byte[bytes];
            ReadOnlySpan<byte> words = value.Span;
            for (int i = 0; i < samples.Length; i++)
                samples[i] = words[(int)Math.Min((start + i) ^ 1, words.Length - 1)];
        }
        else
        {
            samples = value.Slice((int)start, (int)bytes).ToArray();
        }

        int[] values = Samples16(samples);
        if (halved)
        {
            int[] whole = new int[Rows * Columns * 3];
            for (int pixel = 0; pixel < Rows * Columns; pixel++)
            {
                int pair = pixel / 2 * 4;
                (whole[3 * pixel], whole[(3 * pixel) + 1], whole[(3 * pixel) + 2]) = (
                    values[pair + (pixel % 2)],
                    values[Math.Min(pair + 2, values.Length - 1)],
                    values[Math.Min(pair + 3, values.Length - 1)]
                );
            }

            return whole;
        }

        return Planar && Samples > 1 ? Interleave(values) : values;
    }

    private int[] Interleave(int[] planes)
    {
        int pixels = Rows * Columns;
        int[] values = new int[planes.Length];
        for (int s = 0; s < Samples; s++)
        {
            for (int i = 0; i < pixels; i++)
                values[(i * Samples) + s] = planes[(s * pixels) + i];
        }

        return values;
    }

    private int[] FromJpeg(ReadOnlySpan<byte> data)
    {
        JpegImage image = JpegImage.Decode(
            data,
            (long)Rows * Columns,
            (width, height, components) =>
            {
                if (width != Columns || height != Rows || components != Samples)
                    throw new InvalidDataException(
                        ErrorCode.DicomPixelData.Message(
                            $"its JPEG data are {width} x {height} pixels of {components} components, and its header says {Columns} x {Rows} of "
                                + $"{Samples}"
                        )
                    );
            }
        );
        if (image.Precision > BitsAllocated)
            throw new InvalidDataException(
                ErrorCode.DicomPixelData.Message($"its JPEG data have {image.Precision} bits, and {BitsAllocated} are allocated")
            );
        int[] values = new int[Rows * Columns * Samples];
        for (int y = 0; y < Rows; y++)
        {
            for (int s = 0; s < Samples; s++)
                image.CopyRow(s, y, values.AsSpan((y * Columns * Samples) + s), Samples);
        }

        // Lossless prediction is modulo 2^16: a damaged image may exceed its precision, but must stay within the allocated bits.
        if (BitsAllocated == 8)
        {
            foreach (ref int value in values.AsSpan())
                value = IsSigned ? (sbyte)value : (byte)value;
        }
        else if (IsSigned)
        {
            foreach (ref int value in values.AsSpan())
                value = (short)value;
        }

        return values;
    }

    private int[] Samples16(byte[] data)
    {
        int[] values = new int[data.Length / (BitsAllocated / 8)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] =
                BitsAllocated == 8 ? (IsSigned ? (sbyte)data[i] : data[i])
                : IsSigned ? BinaryPrimitives.ReadInt16LittleEndian(data.AsSpan(2 * i))
                : BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(2 * i));
        }

        return values;
    }

    /// <summary>
    /// The fragments of a frame: all if there is one frame, else those given by their number, the offset table or the markers in them.
    /// </summary>
    private ReadOnlyMemory<byte> Compressed(IReadOnlyList<ReadOnlyMemory<byte>> fragments, int frame)
    {
        if (fragments.Count < 2)
            throw new InvalidDataException(ErrorCode.DicomPixelData.Message("its pixel data have no fragment"));
        ReadOnlyMemory<byte>[] data = [.. fragments.Skip(1)];
        if (Frames == 1)
            return data.Length == 1 ? data[0] : Join(data);
        if (data.Length == Frames)
            return data[frame];
        ReadOnlySpan<byte> table = fragments[0].Span;
        if (table.Length != 4L * Frames)
            return ByMarkers(data, frame)
                ?? throw new InvalidDataException(
                    ErrorCode.DicomPixelData.Message(
                        $"its {data.Length} fragments belong to {Frames} frames, and no offset table says which to which"
                    )
                );
        uint start = BinaryPrimitives.ReadUInt32LittleEndian(table[(4 * frame)..]);
        uint end = frame + 1 < Frames ? BinaryPrimitives.ReadUInt32LittleEndian(table[(4 * (frame + 1))..]) : uint.MaxValue;
        var own = new List<ReadOnlyMemory<byte>>();
        long at = 0;
        foreach (ReadOnlyMemory<byte> fragment in data)
        {
            if (at >= start && at < end)
                own.Add(fragment);
            at += 8 + fragment.Length;
        }

        return own.Count > 0
            ? Join([.. own])
            : throw new InvalidDataException(ErrorCode.DicomPixelData.Message($"its offset table leads to no fragment for frame {frame}"));
    }

    /// <summary>
    /// The fragments of a frame without an offset table: each image of the JPEG family begins with its own marker. Null if there are not as many of
    /// these as frames.
    /// </summary>
    private byte[]? ByMarkers(ReadOnlyMemory<byte>[] fragments, int frame)
    {
        int[] starts =
        [
            .. Enumerable.Range(0, fragments.Length).Where(i => fragments[i].Span is [0xFF, 0xD8, 0xFF, ..] or [0xFF, 0x4F, 0xFF, 0x51, ..]),
        ];
        if (starts.Length != Frames || starts[0] != 0)
            return null;
        return Join(fragments[starts[frame]..(frame + 1 < Frames ? starts[frame + 1] : fragments.Length)]);
    }

    private static byte[] Join(ReadOnlyMemory<byte>[] parts)
    {
        byte[] whole = new byte[parts.Sum(p => (long)p.Length)];
        int at = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            part.CopyTo(whole.AsMemory(at));
            at += part.Length;
        }

        return whole;
    }

    private static int Required(DicomDataSet data, uint tag, string name) =>
        data.Unsigned(tag, name) ?? throw new InvalidDataException(ErrorCode.DicomAttribute.Message($"it has no {name} {DicomTags.Write(tag)}"));
}
