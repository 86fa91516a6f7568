using System.Buffers.Binary;

namespace CxrAnnotate.Tests;

/// <summary>An image to be written, in any of the codings that are read.</summary>
/// <param name="Columns">Columns.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Words">The unsigned words of each frame: row-major, interleaved by pixel.</param>
internal sealed record WrittenImage(int Columns, int Rows, IReadOnlyList<int[]> Words)
{
    internal string Syntax { get; init; } = DicomWriter.ExplicitLittle;

    internal string Photometric { get; init; } = "MONOCHROME2";

    internal int Samples { get; init; } = 1;

    internal int Allocated { get; init; } = 16;

    internal int Stored { get; init; } = 16;

    internal int? High { get; init; }

    internal bool Signed { get; init; }

    internal bool Planar { get; init; }

    /// <summary>The representation of native pixel data.</summary>
    internal string PixelVr { get; init; } = "OW";

    /// <summary>Fragments of a frame; those of RLE are one each, as the standard requires.</summary>
    internal int FragmentsPerFrame { get; init; } = 1;

    internal bool HasOffsetTable { get; init; }

    internal int Predictor { get; init; } = 1;

    /// <summary>The largest error of near-lossless JPEG-LS.</summary>
    internal int Near { get; init; }

    /// <summary>How JPEG-LS arranges colours: 0 by planes, 1 by rows, 2 by pixels.</summary>
    internal int Interleaving { get; init; }

    /// <summary>What a reader must return for a frame.</summary>
    internal int[] Expected(int frame) =>
        [
            .. Words[frame]
                .Select(w =>
                    !Signed ? w
                    : Allocated == 8 ? (sbyte)w
                    : (short)w
                ),
        ];

    internal byte[] File(WrittenStart start, params WrittenElement[] more) => DicomWriter.File(Syntax, Elements(more), start);

    internal byte[] File(params WrittenElement[] more) => File(WrittenStart.Whole, more);

    internal IReadOnlyList<WrittenElement> Elements(params WrittenElement[] more)
    {
        var elements = new List<WrittenElement>
        {
            WrittenElement.Text(0x0008_0005, "CS", "ISO_IR 100"),
            WrittenElement.Text(0x0008_0060, "CS", "DX"),
            WrittenElement.Words(0x0028_0002, "US", (ushort)Samples),
            WrittenElement.Text(0x0028_0004, "CS", Photometric),
            WrittenElement.Text(0x0028_0008, "IS", $"{Words.Count}"),
            WrittenElement.Words(0x0028_0010, "US", (ushort)Rows),
            WrittenElement.Words(0x0028_0011, "US", (ushort)Columns),
            WrittenElement.Words(0x0028_0100, "US", (ushort)Allocated),
            WrittenElement.Words(0x0028_0101, "US", (ushort)Stored),
            WrittenElement.Words(0x0028_0102, "US", (ushort)(High ?? Stored - 1)),
            WrittenElement.Words(0x0028_0103, "US", (ushort)(Signed ? 1 : 0)),
        };
        if (Samples > 1)
            elements.Add(WrittenElement.Words(0x0028_0006, "US", (ushort)(Planar ? 1 : 0)));
        elements.Add(Pixels());
        return [.. elements.Where(e => more.All(m => m.Tag != e.Tag)), .. more];
    }

    private WrittenElement Pixels()
    {
        if (Syntax is DicomWriter.ImplicitLittle or DicomWriter.ExplicitLittle or DicomWriter.ExplicitBig or DicomWriter.Deflated)
            return WrittenElement.Bytes(0x7FE0_0010, PixelVr, [.. Words.SelectMany(frame => Sequence(Planar ? Planes(frame) : frame))]);
        var fragments = new List<byte[]>();
        var offsets = new List<uint>();
        uint at = 0;
        foreach (int[] frame in Words)
        {
            byte[] coded = WrittenElement.Padded(Coded(frame), 0);
            offsets.Add(at);
            int pieces = Math.Min(Syntax == DicomWriter.Rle ? 1 : FragmentsPerFrame, coded.Length / 2),
                size = (coded.Length / 2 / pieces) * 2;
            for (int i = 0; i < pieces; i++)
            {
                fragments.Add(coded[(i * size)..(i == pieces - 1 ? coded.Length : (i + 1) * size)]);
                at += 8 + (uint)fragments[^1].Length;
            }
        }

        byte[] table = new byte[HasOffsetTable ? 4 * offsets.Count : 0];
        for (int i = 0; HasOffsetTable && i < offsets.Count; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(4 * i), offsets[i]);
        return new WrittenElement(0x7FE0_0010, "OB", []) { Fragments = [table, .. fragments] };
    }

    private byte[] Coded(int[] frame) =>
        Syntax switch
        {
            DicomWriter.Encapsulated => Sequence(Planar ? Planes(frame) : frame),
            DicomWriter.Rle => RunLength(frame),
            DicomWriter.JpegBaseline => TestJpeg.Sequential(frame, Columns, Rows, 8, Samples, Photometric == "YBR_FULL_422"),
            DicomWriter.JpegLs or DicomWriter.JpegLsNear => TestCodecs.JpegLs(Masked(frame), Columns, Rows, Samples, Stored, Near, Interleaving),
            DicomWriter.Jpeg2000 or DicomWriter.Jpeg2000Lossy => TestCodecs.Jpeg2000(
                SignExtended(frame),
                Columns,
                Rows,
                Samples,
                Stored,
                Signed,
                Syntax == DicomWriter.Jpeg2000Lossy ? 8 : 0,
                Photometric == "YBR_RCT"
            ),
            DicomWriter.JpegExtended => TestJpeg.Sequential(frame, Columns, Rows, 12),
            _ => TestJpeg.Lossless(frame, Columns, Rows, Samples, Math.Max(2, Stored), Predictor),
        };

    private int[] Masked(int[] frame) => [.. frame.Select(w => w & ((1 << Stored) - 1))];

    private int[] SignExtended(int[] frame) => [.. Masked(frame).Select(w => Signed ? (w << (32 - Stored)) >> (32 - Stored) : w)];

    private byte[] Sequence(int[] words) =>
        Allocated == 8 ? [.. words.Select(w => (byte)w)] : [.. words.SelectMany(w => new[] { (byte)w, (byte)(w >> 8) })];

    private int[] Planes(int[] frame) => [.. Enumerable.Range(0, Samples).SelectMany(s => frame.Where((_, i) => i % Samples == s))];

    private byte[] RunLength(int[] frame)
    {
        var segments = new List<byte[]>();
        for (int s = 0; s < Samples; s++)
        {
            for (int shift = Allocated - 8; shift >= 0; shift -= 8)
                segments.Add(WrittenElement.Padded(Pack([.. frame.Where((_, i) => i % Samples == s).Select(w => (byte)(w >> shift))]), 0));
        }

        byte[] header = new byte[64];
        BinaryPrimitives.WriteInt32LittleEndian(header, segments.Count);
        int at = 64;
        for (int i = 0; i < segments.Count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4 + (4 * i)), at);
            at += segments[i].Length;
        }

        return [.. header, .. segments.SelectMany(s => s)];
    }

    private static byte[] Pack(byte[] plane)
    {
        var packed = new List<byte>();
        for (int at = 0; at < plane.Length;)
        {
            int run = 1;
            while (run < 128 && at + run < plane.Length && plane[at + run] == plane[at])
                run++;
            if (run > 1)
            {
                packed.AddRange([(byte)(257 - run), plane[at]]);
                at += run;
                continue;
            }

            int length = 1;
            while (length < 128 && at + length < plane.Length && plane[at + length] != plane[at + length - 1])
                length++;
            packed.Add((byte)(length - 1));
            packed.AddRange(plane[at..(at + length)]);
            at += length;
        }

        return [.. packed];
    }
}
