using System.Buffers.Binary;

namespace CxrAnnotate;

/// <summary>
/// Decodes the stored values of frames (PS3.5, chapter 8 and annex A.4). It is strict: samples that are missing or damaged are refused. What says how
/// they are coded may be wrong as long as the data show it themselves.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="image">Its image.</param>
internal sealed class DicomPixels(DicomFile file, DicomImage image)
{
    private DicomNotes Notes => file.Notes;

    private long Pixels => (long)image.Rows * image.Columns;

    private string Declared => $"its transfer syntax is {file.Syntax.Name} ({file.Syntax.Uid})";

    /// <summary>The samples of a frame; see <see cref="DicomImage.Decode"/>.</summary>
    /// <exception cref="InvalidDataException">The data are too short, damaged, or of an unsupported coding.</exception>
    internal int[] Decode(int frame)
    {
        DicomElement element = file.Data.Find(DicomTags.PixelData)!;
        if (element.Items is not null)
            throw new InvalidDataException(ErrorCode.DicomPixelData.Message("its PixelData are a sequence"));
        if ((element.Fragments ?? FragmentsIn(element.Value)) is { } fragments)
            return Compressed(new DicomFrames(fragments, image.Frames, Notes).Of(frame));
        RequireNative(element);
        return Native(element.Value, frame, image.Frames);
    }

    /// <summary>The fragments, or the one coded image, in a value of defined length; null if it holds uncompressed samples.</summary>
    private List<ReadOnlyMemory<byte>>? FragmentsIn(ReadOnlyMemory<byte> value)
    {
        bool isNative = file.Syntax.Coding == DicomPixelCoding.Native;
        if (isNative && value.Length >= image.FrameBytes * image.Frames)
            return null;
        string wrong = $"its PixelData {DicomTags.Write(DicomTags.PixelData)} have a defined length";
        if (DicomFragments.Are(value, file.Syntax.BigEndian))
        {
            Notes.Deviates(wrong, "their fragments are read", ErrorCode.DicomPixelData);
            int at = 0;
            return DicomFragments.Read(value, ref at, file.Syntax.BigEndian, value.Length, Notes, isDefined: true);
        }

        if (IsUncompressed(value.Length, image.Frames) || DicomCoding.Of(value) is not { Coding: DicomPixelCoding.Jpeg or DicomPixelCoding.Foreign })
            return null;
        Notes.Deviates(wrong, "they are taken for one compressed image", ErrorCode.DicomPixelData);
        return [default, value];
    }

    /// <summary>Uncompressed samples under the syntax of another coding must be as many as the image needs.</summary>
    private void RequireNative(DicomElement element)
    {
        long needed = image.FrameBytes * image.Frames,
            length = element.Value.Length;
        bool isShort = length < needed;
        if (isShort && (element.IsCut || file.Syntax.Coding != DicomPixelCoding.Native))
            throw Truncated(length, needed);
        if (file.Syntax.Coding == DicomPixelCoding.Native)
            return;
        if (!IsUncompressed(length, image.Frames))
            throw new InvalidDataException(
                ErrorCode.DicomPixelData.Message($"{Declared}, but its pixel data are {length} bytes that are not encapsulated")
            );
        Notes.Deviates(
            $"{Declared}, but its pixel data are not encapsulated",
            "they are as long as uncompressed ones and are read as such",
            ErrorCode.DicomPixelData
        );
    }

    private int[] Compressed(ReadOnlyMemory<byte> data)
    {
        DicomCoding? found = DicomCoding.Of(data);
        bool isRaw = file.Syntax.Coding is DicomPixelCoding.Native or DicomPixelCoding.Encapsulated;
        // Uncompressed samples may look like anything, but have their length.
        if ((isRaw && IsUncompressed(data.Length, 1)) || IsPrivate)
            found = null;
        if (isRaw ? found is null : found is null || found.Coding == file.Syntax.Coding && !IsOther(found))
            return Coded(data, file.Syntax.Coding, null);
        Notes.Deviates($"{Declared}, but its pixel data are {found!.Name}", $"they are decoded as {found.Name}", ErrorCode.DicomPixelData);
        return Coded(data, found.Coding, found);
    }

    /// <summary>Whether a length is that of uncompressed frames, perhaps with a byte of padding.</summary>
    private bool IsUncompressed(long length, int frames) =>
        length - (image.FrameBytes * frames) is 0 or 1 || length - (image.LargestFrameBytes * frames) is 0 or 1;

    /// <summary>Whether a decoder is registered for a syntax of which nothing is known here.</summary>
    private bool IsPrivate => file.Syntax.Name == DicomTransferSyntax.UnknownName && DicomCodecs.Find(file.Syntax.Uid) is not null;

    /// <summary>Whether data of a foreign coding are those of another foreign coding than the known one that is declared.</summary>
    private bool IsOther(DicomCoding found) =>
        found.Coding == DicomPixelCoding.Foreign
        && file.Syntax.Name.StartsWith("JPEG", StringComparison.Ordinal)
        && !file.Syntax.Name.StartsWith(found.Name, StringComparison.Ordinal);

    /// <param name="data">The data of the frame.</param>
    /// <param name="coding">How they are coded.</param>
    /// <param name="found">What they show themselves, if it is not what the transfer syntax says.</param>
    private int[] Coded(ReadOnlyMemory<byte> data, DicomPixelCoding coding, DicomCoding? found)
    {
        switch (coding)
        {
            case DicomPixelCoding.Native:
                Notes.Deviates($"{Declared}, but its pixel data are encapsulated", "their fragments are joined", ErrorCode.DicomPixelData);
                return Native(data, 0, 1);
            case DicomPixelCoding.Encapsulated:
                return Native(data, 0, 1);
            case DicomPixelCoding.Rle:
                RequireWholeBytes();
                return Samples(RunLengths.Decode(data.Span, (int)Pixels, image.Samples, image.BitsAllocated / 8), 0, (int)Pixels * image.Samples);
            case DicomPixelCoding.Jpeg:
                RequireWholeBytes();
                return DicomJpeg.Decode(data.Span, image, Notes);
            default:
                RequireWholeBytes();
                return Foreign(data, found?.Uid ?? file.Syntax.Uid, found);
        }
    }

    private int[] Foreign(ReadOnlyMemory<byte> data, string uid, DicomCoding? found)
    {
        Func<DicomFrame, byte[]> decode =
            DicomCodecs.Find(uid)
            ?? throw new InvalidDataException(
                ErrorCode.DicomCompression.Message(
                    (
                        found is null
                            ? $"its pixels use the transfer syntax {file.Syntax.Name} ({uid}), which this library does not decode; "
                            : $"{Declared}, but its pixels are {found.Name} ({uid}), which this library does not decode; "
                    ) + $"register a decoder with DicomCodecs.Register, or convert the file (gdcmconv --raw)"
                )
            );
        byte[] samples = decode(
            new DicomFrame(data, image.Rows, image.Columns, image.Samples, image.BitsAllocated, image.BitsStored, image.IsSigned)
            {
                Limits = image.Limits,
            }
        );
        if (samples is null || samples.LongLength != image.LargestFrameBytes)
            throw new InvalidDataException(
                ErrorCode.DicomDecoder.Message(
                    $"the decoder of {uid} returned {samples?.Length ?? 0} bytes for {image.Columns} x {image.Rows} pixels"
                )
            );
        return Samples(samples, 0, (int)Pixels * image.Samples);
    }

    private void RequireWholeBytes()
    {
        if (image.BitsAllocated is 1 or 12)
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message(
                    $"its BitsAllocated {DicomTags.Write(DicomTags.BitsAllocated)} is {image.BitsAllocated}, which compressed pixel data cannot have"
                )
            );
    }

    /// <summary>Uncompressed samples of a frame.</summary>
    /// <param name="value">The samples of all frames.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="frames">The number of frames.</param>
    private int[] Native(ReadOnlyMemory<byte> value, int frame, int frames)
    {
        bool halved = IsHalved(value.Length, frames);
        int count = (int)(Pixels * (halved ? 2 : image.Samples));
        // Frames of packed bits follow one another without gaps.
        long bits = (long)count * image.BitsAllocated,
            start = bits * frame;
        if ((start + bits + 7) / 8 > value.Length)
            throw Truncated(value.Length, (start + bits + 7) / 8);
        int from = (int)(start / 8);
        byte[] samples = InLittleEndian(value.Span, from, (int)(((start + bits + 7) / 8) - from));
        int[] values = Samples(samples, (int)(start % 8), count);
        return halved ? DicomColour.Doubled(values, (int)Pixels)
            : image.IsPlanar && image.Samples > 1 ? DicomColour.Interleaved(values, image.Samples)
            : values;
    }

    /// <summary>Whether two pixels share their colour (YBR_FULL_422): the length shows whether they do.</summary>
    private bool IsHalved(long length, int frames)
    {
        if (image.Photometric != "YBR_FULL_422")
            return false;
        if (length - (image.LargestFrameBytes * frames) is not (0 or 1))
            return true;
        Notes.Deviates(
            $"its PhotometricInterpretation {DicomTags.Write(DicomTags.PhotometricInterpretation)} is YBR_FULL_422, but each pixel has three samples",
            "it is read as YBR_FULL",
            ErrorCode.DicomPixelData
        );
        return false;
    }

    private byte[] InLittleEndian(ReadOnlySpan<byte> value, int from, int length)
    {
        // Words of two samples are byte-swapped as well; a frame of an odd number of bytes begins or ends within a word.
        int turned =
            !file.Syntax.BigEndian ? 0
            : image.BitsAllocated == 32 ? 3
            : image.BitsAllocated == 16 || file.Data.Find(DicomTags.PixelData)!.Representation == "OW" ? 1
            : 0;
        if (turned == 0)
            return value.Slice(from, length).ToArray();
        byte[] samples = new byte[length];
        for (int i = 0; i < samples.Length; i++)
            samples[i] = value[Math.Min((from + i) ^ turned, value.Length - 1)];
        return samples;
    }

    /// <summary>Samples of little-endian cells.</summary>
    /// <param name="data">The cells.</param>
    /// <param name="firstBit">The bit of the first byte that the first cell begins with; 0 for cells of whole bytes.</param>
    /// <param name="count">The number of samples.</param>
    private int[] Samples(ReadOnlySpan<byte> data, int firstBit, int count)
    {
        int[] values = new int[count];
        bool signed = image.IsSigned;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = image.BitsAllocated switch
            {
                8 => signed ? (sbyte)data[i] : data[i],
                16 => signed ? BinaryPrimitives.ReadInt16LittleEndian(data[(2 * i)..]) : BinaryPrimitives.ReadUInt16LittleEndian(data[(2 * i)..]),
                32 => BinaryPrimitives.ReadInt32LittleEndian(data[(4 * i)..]),
                _ => Packed(data, firstBit + ((long)i * image.BitsAllocated)),
            };
            if (!signed && values[i] < 0 && image.BitsStored == 32)
                throw new InvalidDataException(ErrorCode.DicomPixelData.Message($"its pixels have values above {int.MaxValue}"));
        }

        return values;
    }

    /// <summary>A cell of 1 or 12 bits, the lowest first (PS3.5, annex D), with the sign that it may have, like cells of whole bytes.</summary>
    private int Packed(ReadOnlySpan<byte> data, long bit)
    {
        int at = (int)(bit / 8),
            word = data[at] | (at + 1 < data.Length ? data[at + 1] << 8 : 0);
        int sample = (word >> (int)(bit % 8)) & ((1 << image.BitsAllocated) - 1),
            sign = image.IsSigned ? 1 << (image.BitsAllocated - 1) : 0;
        return (sample ^ sign) - sign;
    }

    private static InvalidDataException Truncated(long length, long needed) =>
        new(ErrorCode.DicomPixelData.Message($"its pixel data are truncated: {length} bytes, but {needed} are needed"));
}
