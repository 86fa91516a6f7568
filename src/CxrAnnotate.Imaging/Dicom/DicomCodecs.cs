using System.Collections.Concurrent;

namespace CxrAnnotate;

/// <summary>
/// Decoders of pixel data that an application adds: JPEG-LS, JPEG 2000 and whatever else radiographs are compressed by are not decoded by this
/// library itself. A registered codec serves all readers of the process.
/// </summary>
public static class DicomCodecs
{
    private static readonly ConcurrentDictionary<string, Func<DicomFrame, byte[]>> _codecs = new(StringComparer.Ordinal);

    /// <summary>Registers a decoder; a later one of the same transfer syntax takes its place.</summary>
    /// <param name="transferSyntaxUid">The transfer syntax, for example 1.2.840.10008.1.2.4.90 (JPEG 2000, lossless).</param>
    /// <param name="decode">
    /// Gives the frame's samples: Rows * Columns * SamplesPerPixel values, row-major, the samples of a pixel side by side, of one byte where
    /// BitsAllocated is 8, else of two, the lower first. It may be called from several threads at once. An <see cref="InvalidDataException"/> makes
    /// the file one that cannot be read.
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
/// <param name="BitsAllocated">Bits that a decoded sample takes, 8 or 16.</param>
/// <param name="BitsStored">Bits of it that are used.</param>
/// <param name="IsSigned">Whether samples have a sign.</param>
public sealed record DicomFrame(
    ReadOnlyMemory<byte> Data,
    int Rows,
    int Columns,
    int SamplesPerPixel,
    int BitsAllocated,
    int BitsStored,
    bool IsSigned
);
