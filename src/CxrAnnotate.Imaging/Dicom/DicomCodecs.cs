using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>
/// Decoders of compressed pixel data by transfer syntax: JPEG-LS, JPEG 2000 (by OpenJPEG, where that is installed), and what the
/// application registers, which takes precedence. A registered decoder applies to the whole process.
/// </summary>
public static class DicomCodecs
{
    private static readonly ConcurrentDictionary<string, Func<DicomFrame, byte[]>> _codecs = new(StringComparer.Ordinal);

    /// <summary>Registers a decoder, replacing any earlier one of the same transfer syntax.</summary>
    /// <param name="transferSyntaxUid">The transfer syntax, for example 1.2.840.10008.1.2.4.90 (JPEG 2000, lossless).</param>
    /// <param name="decode"> Returns the frame's samples: Rows * Columns * SamplesPerPixel values, row-major, interleaved by pixel; one byte each if
    /// BitsAllocated is 8, else two bytes, little endian. It must be thread-safe. An <see cref="InvalidDataException"/> marks the file as unreadable.
    /// </param>
    public static void Register(string transferSyntaxUid, Func<DicomFrame, byte[]> decode)
    {
        ArgumentException.ThrowIfNullOrEmpty(transferSyntaxUid);
        ArgumentNullException.ThrowIfNull(decode);
        _codecs[transferSyntaxUid] = decode;
    }

    /// <summary>The decoder of a transfer syntax; null if there is none.</summary>
    internal static Func<DicomFrame, byte[]>? Find(string transferSyntaxUid) =>
        _codecs.GetValueOrDefault(transferSyntaxUid)
        ?? transferSyntaxUid switch
        {
            "1.2.840.10008.1.2.4.80" => DecodeJpegLs,
            "1.2.840.10008.1.2.4.81" => frame => frame.Clamp(DecodeJpegLs(frame)),
            "1.2.840.10008.1.2.4.90" or "1.2.840.10008.1.2.4.92" or "1.2.840.10008.1.2.4.201" or "1.2.840.10008.1.2.4.202" => DecodeJpeg2000,
            "1.2.840.10008.1.2.4.91" or "1.2.840.10008.1.2.4.93" or "1.2.840.10008.1.2.4.203" => frame => frame.Clamp(DecodeJpeg2000(frame)),
            _ => null,
        };

    /// <summary>The decoder of data whose first bytes say what they are, whatever the transfer syntax says; null if they do not.</summary>
    internal static Func<DicomFrame, byte[]>? Recognize(ReadOnlySpan<byte> data) =>
        Jpeg2000.Looks(data) ? DecodeJpeg2000
        : JpegLs.Looks(data) ? DecodeJpegLs
        : null;

    private static byte[] DecodeJpegLs(DicomFrame frame) =>
        JpegLs.Decode(new CodedImage(frame.Data, frame.Limits, InDicom: true), frame.CheckShape("JPEG-LS"));

    private static byte[] DecodeJpeg2000(DicomFrame frame) =>
        Jpeg2000.Decode(new CodedImage(frame.Data, frame.Limits, InDicom: true), frame.CheckShape("JPEG 2000"));
}

/// <summary>One compressed frame of a DICOM image.</summary>
/// <param name="Data">The compressed bytes, of all its fragments.</param>
/// <param name="Rows">Rows of the image.</param>
/// <param name="Columns">Columns of the image.</param>
/// <param name="SamplesPerPixel">1, or 3 for colour.</param>
/// <param name="BitsAllocated">Bits of a decoded sample, 8 or 16.</param>
/// <param name="BitsStored">Bits of a sample that are used.</param>
/// <param name="IsSigned">Whether samples are signed.</param>
public sealed record DicomFrame(
    ReadOnlyMemory<byte> Data,
    int Rows,
    int Columns,
    int SamplesPerPixel,
    int BitsAllocated,
    int BitsStored,
    bool IsSigned
)
{
    /// <summary>The limits of the image.</summary>
    internal RadiographLimits Limits { get; init; } = RadiographLimits.Default;

    /// <summary>The check that compressed data are of the image that the data set describes; a sample has the bytes that are allocated.</summary>
    internal ShapeCheck CheckShape(string coding) =>
        shape =>
        {
            if (shape.Width != Columns || shape.Height != Rows || shape.Components != SamplesPerPixel)
                throw new InvalidDataException(
                    ErrorCode.DicomPixelData.Message(
                        $"its {coding} data are {shape.Width} x {shape.Height} pixels of {shape.Components} components, and its header says "
                            + $"{Columns} x {Rows} of {SamplesPerPixel}"
                    )
                );
            if (shape.Bits > BitsAllocated)
                throw new InvalidDataException(
                    ErrorCode.DicomPixelData.Message($"its {coding} data have {shape.Bits} bits, and {BitsAllocated} are allocated")
                );
            return BitsAllocated / 8;
        };

    /// <summary>
    /// Lossy coding overshoots: where more bits are coded than stored, white would become black when the others are cut off.
    /// </summary>
    internal byte[] Clamp(byte[] samples)
    {
        if (BitsStored >= BitsAllocated)
            return samples;
        int low = IsSigned ? -(1 << (BitsStored - 1)) : 0,
            high = low + (1 << BitsStored) - 1;
        if (BitsAllocated == 8)
        {
            foreach (ref byte sample in samples.AsSpan())
                sample = (byte)Math.Clamp(IsSigned ? (sbyte)sample : sample, low, high);
        }
        else
        {
            foreach (ref short sample in MemoryMarshal.Cast<byte, short>(samples.AsSpan()))
                sample = (short)Math.Clamp(IsSigned ? sample : (ushort)sample, low, high);
        }

        return samples;
    }
}
