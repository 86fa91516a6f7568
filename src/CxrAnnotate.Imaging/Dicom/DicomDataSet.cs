using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace CxrAnnotate;

/// <summary>Elements by tag, and their values as numbers and texts.</summary>
internal sealed class DicomDataSet(bool bigEndian)
{
    private const int MostText = 1 << 16;

    private readonly Dictionary<uint, DicomElement> _elements = [];

    internal bool BigEndian => bigEndian;

    internal int Count => _elements.Count;

    internal IEnumerable<DicomElement> Elements => _elements.Values;

    /// <summary>If a tag occurs twice, which the standard forbids, the first counts.</summary>
    internal void Add(DicomElement element) => _elements.TryAdd(element.Tag, element);

    internal DicomElement? Find(uint tag) => _elements.GetValueOrDefault(tag);

    internal bool Has(uint tag) =>
        _elements.TryGetValue(tag, out DicomElement? element) && (element.Value.Length > 0 || element.Items is { Count: > 0 });

    /// <summary>The items of a sequence; empty if absent.</summary>
    internal IReadOnlyList<DicomDataSet> Items(uint tag) => Find(tag)?.Items ?? [];

    /// <summary>The values of a text in the default character repertoire, trimmed.</summary>
    internal string[] Codes(uint tag) =>
        Texts(tag) is { Value.Length: > 0 } element
            ? [.. Encoding.Latin1.GetString(element.Value.Span).Split('\\').Select(v => v.Trim(' ', '\0'))]
            : [];

    /// <summary>The first of these values; empty if absent.</summary>
    internal string Code(uint tag) => Codes(tag) is [var first, ..] ? first : "";

    /// <summary>A text in the character sets that the data set declares (PS3.5, 6.1).</summary>
    internal string Text(uint tag) =>
        Texts(tag) is { Value.Length: > 0 } element ? DicomText.Decode(element.Value.Span, Codes(DicomTags.SpecificCharacterSet)) : "";

    /// <summary>An unsigned 16-bit integer (US); null if absent.</summary>
    /// <exception cref="InvalidDataException">The value is shorter.</exception>
    internal int? Unsigned(uint tag, string name) => Words(tag, name) is { Length: > 0 } words ? words[0] : null;

    /// <summary>All values as unsigned 16-bit integers.</summary>
    internal ushort[] Words(uint tag, string name)
    {
        if (Find(tag) is not { Value.Length: > 0 } element)
            return [];
        ReadOnlySpan<byte> value = element.Value.Span;
        if (value.Length < 2)
            throw new InvalidDataException(ErrorCode.DicomAttribute.Message($"{name} {DicomTags.Write(tag)} has {value.Length} bytes, not two"));
        ushort[] words = new ushort[value.Length / 2];
        for (int i = 0; i < words.Length; i++)
            words[i] = bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(value[(2 * i)..]) : BinaryPrimitives.ReadUInt16LittleEndian(value[(2 * i)..]);
        return words;
    }

    /// <summary>Numbers that are written as text (DS, IS).</summary>
    /// <exception cref="InvalidDataException">A value is not a number.</exception>
    internal double[] Numbers(uint tag, string name) =>
        [
            .. Codes(tag)
                .Where(v => v.Length > 0)
                .Select(v =>
                    double.TryParse(v, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
                        ? number
                        : throw new InvalidDataException(
                            ErrorCode.DicomAttribute.Message($"{name} {DicomTags.Write(tag)} is '{Shortened(v)}', which is not a number")
                        )
                ),
        ];

    /// <summary>A text element.</summary>
    /// <exception cref="InvalidDataException">It is longer than any name, code or number.</exception>
    private DicomElement? Texts(uint tag) =>
        Find(tag) is not { } element ? null
        : element.Value.Length <= MostText ? element
        : throw new InvalidDataException(
            ErrorCode.DicomAttribute.Message(
                $"its element {DicomTags.Write(tag)} is a text of {element.Value.Length} bytes; at most {MostText} are read"
            )
        );

    private static string Shortened(string text) => text.Length <= 32 ? text : text[..32] + "...";
}
