using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace CxrAnnotate.Tests;

/// <summary>An element to be written. Values are little endian whatever the syntax; the writer swaps them.</summary>
/// <param name="Tag">Group and element.</param>
/// <param name="Vr">The value representation.</param>
/// <param name="Value">The value's bytes.</param>
internal sealed record WrittenElement(uint Tag, string Vr, byte[] Value)
{
    /// <summary>A sequence's items, else null.</summary>
    internal IReadOnlyList<IReadOnlyList<WrittenElement>>? Items { get; init; }

    /// <summary>Whether a sequence and its items end with delimiters instead of stating their lengths.</summary>
    internal bool Undefined { get; init; }

    /// <summary>The fragments of encapsulated pixel data, the offset table first; else null.</summary>
    internal IReadOnlyList<byte[]>? Fragments { get; init; }

    internal static WrittenElement Text(uint tag, string vr, string text) =>
        new(tag, vr, Padded(Encoding.Latin1.GetBytes(text), vr == "UI" ? (byte)0 : (byte)' '));

    internal static WrittenElement Bytes(uint tag, string vr, params byte[] value) => new(tag, vr, Padded(value, 0));

    internal static WrittenElement Words(uint tag, string vr, params ushort[] words)
    {
        byte[] value = new byte[2 * words.Length];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(value.AsSpan(2 * i), words[i]);
        return new WrittenElement(tag, vr, value);
    }

    internal static WrittenElement Sequence(uint tag, bool undefined, params IReadOnlyList<WrittenElement>[] items) =>
        new(tag, "SQ", []) { Items = items, Undefined = undefined };

    internal static byte[] Padded(byte[] value, byte with) => value.Length % 2 == 0 ? value : [.. value, with];
}

/// <summary>How a file of the tests begins.</summary>
internal enum WrittenStart
{
    /// <summary>Preamble, DICM, meta information.</summary>
    Whole,

    /// <summary>Meta information without preamble.</summary>
    NoPreamble,

    /// <summary>Preamble and DICM, but no meta information.</summary>
    NoMeta,

    /// <summary>The data set and nothing else.</summary>
    Bare,

    /// <summary>Meta information without its length.</summary>
    NoGroupLength,

    /// <summary>Meta information with a wrong length.</summary>
    WrongGroupLength,
}

/// <summary>
/// Writes DICOM files for tests (PS3.5, chapter 7 and annex A; PS3.10), sharing no code with the reader: both would have to make the same mistake
/// independently.
/// </summary>
internal sealed class DicomWriter(bool isExplicit, bool bigEndian)
{
    internal const string ImplicitLittle = "1.2.840.10008.1.2",
        ExplicitLittle = "1.2.840.10008.1.2.1",
        ExplicitBig = "1.2.840.10008.1.2.2",
        Deflated = "1.2.840.10008.1.2.1.99";
    internal const string Encapsulated = "1.2.840.10008.1.2.1.98",
        Rle = "1.2.840.10008.1.2.5",
        JpegBaseline = "1.2.840.10008.1.2.4.50",
        JpegExtended = "1.2.840.10008.1.2.4.51",
        JpegLossless = "1.2.840.10008.1.2.4.57",
        JpegLosslessFirst = "1.2.840.10008.1.2.4.70",
        JpegLs = "1.2.840.10008.1.2.4.80",
        JpegLsNear = "1.2.840.10008.1.2.4.81",
        Jpeg2000 = "1.2.840.10008.1.2.4.90",
        Jpeg2000Lossy = "1.2.840.10008.1.2.4.91",
        HighThroughput = "1.2.840.10008.1.2.4.201";

    private static readonly string[] _long = ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"];

    private readonly List<byte> _bytes = [];

    /// <summary>A whole file.</summary>
    internal static byte[] File(string syntax, IEnumerable<WrittenElement> elements, WrittenStart start = WrittenStart.Whole)
    {
        var file = new MemoryStream();
        if (start is not (WrittenStart.Bare or WrittenStart.NoPreamble))
        {
            file.Write(new byte[128]);
            file.Write("DICM"u8);
        }

        if (start is not (WrittenStart.Bare or WrittenStart.NoMeta))
        {
            byte[] meta = Set([WrittenElement.Bytes(0x0002_0001, "OB", 0, 1), WrittenElement.Text(0x0002_0010, "UI", syntax)], true, false);
            if (start != WrittenStart.NoGroupLength)
            {
                uint length = (uint)(meta.Length + (start == WrittenStart.WrongGroupLength ? 14 : 0));
                file.Write(Set([new WrittenElement(0x0002_0000, "UL", BitConverter.GetBytes(length))], true, false));
            }

            file.Write(meta);
        }

        byte[] data = Set(elements, syntax != ImplicitLittle, syntax == ExplicitBig);
        if (syntax == Deflated)
        {
            using var deflate = new DeflateStream(file, CompressionLevel.Optimal, leaveOpen: true);
            deflate.Write(data);
        }
        else
        {
            file.Write(data);
        }

        return file.ToArray();
    }

    /// <summary>A data set, its elements in the order of their tags.</summary>
    internal static byte[] Set(IEnumerable<WrittenElement> elements, bool isExplicit, bool bigEndian)
    {
        var writer = new DicomWriter(isExplicit, bigEndian);
        foreach (WrittenElement element in elements.OrderBy(e => e.Tag))
            writer.Write(element);
        return [.. writer._bytes];
    }

    /// <summary>Elements in a representation's own byte order: units of as many bytes as its numbers have.</summary>
    internal static byte[] Swapped(string vr, byte[] value)
    {
        int unit = vr switch
        {
            "US" or "SS" or "OW" or "AT" => 2,
            "UL" or "SL" or "FL" or "OF" or "OL" => 4,
            "FD" or "OD" or "SV" or "UV" or "OV" => 8,
            _ => 1,
        };
        byte[] turned = [.. value];
        for (int i = 0; i + unit <= turned.Length; i += unit)
            Array.Reverse(turned, i, unit);
        return turned;
    }

    private void Write(WrittenElement element)
    {
        if (element.Fragments is { } fragments)
        {
            Header(element.Tag, element.Vr, uint.MaxValue);
            foreach (byte[] fragment in fragments)
            {
                Bare(0xFFFE_E000, (uint)fragment.Length);
                _bytes.AddRange(fragment);
            }

            Bare(0xFFFE_E0DD, 0);
            return;
        }

        if (element.Items is { } items)
        {
            var inner = new DicomWriter(isExplicit, bigEndian);
            foreach (IReadOnlyList<WrittenElement> item in items)
            {
                byte[] content = Set(item, isExplicit, bigEndian);
                inner.Bare(0xFFFE_E000, element.Undefined ? uint.MaxValue : (uint)content.Length);
                inner._bytes.AddRange(content);
                if (element.Undefined)
                    inner.Bare(0xFFFE_E00D, 0);
            }

            Header(element.Tag, element.Vr, element.Undefined ? uint.MaxValue : (uint)inner._bytes.Count);
            _bytes.AddRange(inner._bytes);
            if (element.Undefined)
                Bare(0xFFFE_E0DD, 0);
            return;
        }

        Header(element.Tag, element.Vr, (uint)element.Value.Length);
        _bytes.AddRange(bigEndian ? Swapped(element.Vr, element.Value) : element.Value);
    }

    private void Header(uint tag, string vr, uint length)
    {
        if (!isExplicit)
        {
            Bare(tag, length);
            return;
        }

        Number(tag >> 16, 2);
        Number(tag & 0xFFFF, 2);
        _bytes.AddRange(Encoding.ASCII.GetBytes(vr));
        if (_long.Contains(vr))
            Number(0, 2);
        Number(length, _long.Contains(vr) ? 4 : 2);
    }

    private void Bare(uint tag, uint length)
    {
        Number(tag >> 16, 2);
        Number(tag & 0xFFFF, 2);
        Number(length, 4);
    }

    private void Number(uint value, int bytes)
    {
        for (int i = 0; i < bytes; i++)
            _bytes.Add((byte)(value >> (8 * (bigEndian ? bytes - 1 - i : i))));
    }
}
