namespace CxrAnnotate;

/// <summary>The encoding of a DICOM data set (PS3.5, annex A).</summary>
/// <param name="Uid">The unique identifier.</param>
/// <param name="Name">The name in PS3.6.</param>
/// <param name="Explicit">Whether elements state their value representation.</param>
/// <param name="BigEndian">Whether numbers are big endian.</param>
/// <param name="Deflated">Whether everything after the file meta information is deflated.</param>
/// <param name="Coding">How pixel data are coded.</param>
internal sealed record DicomTransferSyntax(
    string Uid,
    string Name,
    bool Explicit = true,
    bool BigEndian = false,
    bool Deflated = false,
    DicomPixelCoding Coding = DicomPixelCoding.Native
)
{
    /// <summary>The name of a syntax that is not known here.</summary>
    internal const string UnknownName = "unknown";

    internal DicomEncoding Encoding => new(Explicit, BigEndian);

    internal static DicomTransferSyntax ImplicitLittleEndian { get; } = new("1.2.840.10008.1.2", "Implicit VR Little Endian", Explicit: false);

    internal static DicomTransferSyntax ExplicitLittleEndian { get; } = new("1.2.840.10008.1.2.1", "Explicit VR Little Endian");

    internal static DicomTransferSyntax ExplicitBigEndian { get; } = new("1.2.840.10008.1.2.2", "Explicit VR Big Endian", BigEndian: true);

    private static readonly Dictionary<string, DicomTransferSyntax> _known = (
        (DicomTransferSyntax[])
            [
                ImplicitLittleEndian,
                ExplicitLittleEndian,
                ExplicitBigEndian,
                new("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", Deflated: true),
                new("1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian", Coding: DicomPixelCoding.Encapsulated),
                new("1.2.840.10008.1.2.5", "RLE Lossless", Coding: DicomPixelCoding.Rle),
                new("1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)", Coding: DicomPixelCoding.Jpeg),
                new("1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 and 4)", Coding: DicomPixelCoding.Jpeg),
                new("1.2.840.10008.1.2.4.57", "JPEG Lossless, Non-Hierarchical (Process 14)", Coding: DicomPixelCoding.Jpeg),
                new(
                    "1.2.840.10008.1.2.4.70",
                    "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])",
                    Coding: DicomPixelCoding.Jpeg
                ),
                new("1.2.840.10008.1.2.4.53", "JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)", Coding: DicomPixelCoding.Jpeg),
                new("1.2.840.10008.1.2.4.55", "JPEG Full Progression, Non-Hierarchical (Process 10 and 12)", Coding: DicomPixelCoding.Jpeg),
                new("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless Image Compression", Coding: DicomPixelCoding.Foreign),
                new("1.2.840.10008.1.2.4.81", "JPEG-LS Lossy (Near-Lossless) Image Compression", Coding: DicomPixelCoding.Foreign),
                new("1.2.840.10008.1.2.4.90", "JPEG 2000 Image Compression (Lossless Only)", Coding: DicomPixelCoding.Foreign),
                new("1.2.840.10008.1.2.4.91", "JPEG 2000 Image Compression", Coding: DicomPixelCoding.Foreign),
                new("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)", Coding: DicomPixelCoding.Foreign),
                new("1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2 Multi-component Image Compression", Coding: DicomPixelCoding.Foreign),
                new("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)", Coding: DicomPixelCoding.Foreign),
                new(
                    "1.2.840.10008.1.2.4.202",
                    "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
                    Coding: DicomPixelCoding.Foreign
                ),
                new("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000 Image Compression", Coding: DicomPixelCoding.Foreign),
                new("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level", Coding: DicomPixelCoding.Foreign),
                new("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", Coding: DicomPixelCoding.Foreign),
            ]
    ).ToDictionary(s => s.Uid, StringComparer.Ordinal);

    /// <summary>The syntax with a UID; an unknown one is assumed to be encapsulated, as all newer ones are.</summary>
    internal static DicomTransferSyntax Of(string uid) => _known.GetValueOrDefault(uid) ?? new(uid, UnknownName, Coding: DicomPixelCoding.Foreign);
}

/// <summary>How pixel data are coded.</summary>
internal enum DicomPixelCoding
{
    /// <summary>Uncompressed.</summary>
    Native,

    /// <summary>Uncompressed, each frame in one or more fragments (PS3.5, A.4.11).</summary>
    Encapsulated,

    /// <summary>Run lengths of byte planes (PS3.5, annex G).</summary>
    Rle,

    /// <summary>JPEG of ITU-T T.81: DCT of 8 or 12 bits, or lossless.</summary>
    Jpeg,

    /// <summary>A coding that needs a decoder of <see cref="DicomCodecs"/>.</summary>
    Foreign,
}
