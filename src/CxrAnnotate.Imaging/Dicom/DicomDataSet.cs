using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace CxrAnnotate;

/// <summary>Elements by tag, and their values as numbers and texts.</summary>
internal sealed class DicomDataSet(bool bigEndian)
{
    private const int MostText = 1 << 16;
    private const int MostShown = 32;

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

    /// <summary>Numbers: written as text (DS, IS), or in a representation of numbers where the element states one.</summary>
    /// <param name="tag">The element.</param>
    /// <param name="name">Its name in messages.</param>
    /// <param name="notes">Receives numbers that are not written as the standard asks.</param>
    /// <exception cref="InvalidDataException">A value is not a number.</exception>
    internal double[] Numbers(uint tag, string name, DicomNotes notes)
    {
        double?[] numbers = NumbersOrNull(tag, name, notes);
        int unread = Array.IndexOf(numbers, null);
        if (unread >= 0)
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message(
                    $"{name} {DicomTags.Write(tag)} is '{Shown(Written(tag)[unread])}', which is not a number"
                )
            );
        return [.. numbers.Select(number => number!.Value)];
    }

    /// <summary>As <see cref="Numbers"/>, but with null for what is not a number.</summary>
    internal double?[] NumbersOrNull(uint tag, string name, DicomNotes notes)
    {
        if (Find(tag) is { Value.Length: > 0 } element && DicomBinary.Read(element, bigEndian) is { Length: > 0 } binary)
        {
            notes.Deviates(
                $"its {name} {DicomTags.Write(tag)} has the representation {element.Representation}, not that of a decimal string",
                $"its number {Shown(binary[0])} is read"
            );
            return [.. binary.Select(number => double.IsFinite(number) ? (double?)number : null)];
        }

        return
        [
            .. Written(tag)
                .Select(text =>
                {
                    if (!DicomNumber.TryRead(text, out double number, out bool isProper))
                        return (double?)null;
                    if (!isProper)
                        notes.Deviates($"its {name} {DicomTags.Write(tag)} is '{Shown(text)}'", $"{Shown(number)} is taken");
                    return number;
                }),
        ];
    }

    private string[] Written(uint tag) => [.. Codes(tag).Where(value => value.Length > 0)];

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

    /// <summary>A text as messages show it: shortened, without control characters.</summary>
    internal static string Shown(string text) =>
        string.Concat((text.Length <= MostShown ? text : text[..MostShown] + "...").Select(c => char.IsControl(c) ? '?' : c));

    /// <summary>A number as messages show it.</summary>
    internal static string Shown(double number) => number.ToString(CultureInfo.InvariantCulture);
}
