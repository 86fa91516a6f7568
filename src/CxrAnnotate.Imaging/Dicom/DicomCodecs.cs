using System.Collections.Concurrent;

namespace CxrAnnotate;

/// <summary>
/// Registers decoders of compressed pixel data. The library itself does not decode JPEG-LS, JPEG 2000 and other compressions. A registered decoder
/// applies to the whole process.
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

    internal static Func<DicomFrame, byte[]>? Find(string transferSyntaxUid) => _codecs.GetValueOrDefault(transferSyntaxUid);
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
);
