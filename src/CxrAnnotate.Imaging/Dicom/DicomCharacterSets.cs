using System.Globalization;

namespace CxrAnnotate;

/// <summary>The character sets of PS3.3, C.12.1.1.2, by their defined terms and by what files write instead: UTF-8, ISO IR 192, iso_ir 100.</summary>
internal static class DicomCharacterSets
{
    /// <summary>ISO 8859-1, which has a character for every byte.</summary>
    internal const int Latin1 = 28591;

    private const int Iso8859 = 28590,
        Utf8 = 65001,
        Chinese = 54936,
        Korean = 949;

    private static readonly string[] _terms =
    [
        "",
        .. ((int[])[6, 13, 100, 101, 109, 110, 126, 127, 138, 144, 148, 166, 203]).SelectMany(n => new[] { $"ISO_IR {n}", $"ISO 2022 IR {n}" }),
        .. ((int[])[58, 87, 149, 159]).Select(n => $"ISO 2022 IR {n}"),
        "ISO_IR 192",
        "GB18030",
        "GBK",
    ];

    /// <summary>The code page of a term, of single-byte sets and of those without code extensions; unknown terms are taken for ISO 8859-1.</summary>
    internal static int CodePage(string term) => Known(term) ?? Latin1;

    /// <summary>Whether a set has characters of two bytes, which some texts use without the escape sequence that the standard asks for.</summary>
    internal static bool IsMultiByte(string term) => CodePage(term) is Chinese or Korean;

    /// <summary>Notes the terms that are not defined.</summary>
    internal static void Check(DicomDataSet data, DicomNotes notes)
    {
        foreach (string term in data.Codes(DicomTags.SpecificCharacterSet).Where(term => Array.IndexOf(_terms, term) < 0))
        {
            string name = Known(term) switch
            {
                Utf8 => "ISO_IR 192",
                Chinese => "GB18030",
                Korean => "ISO 2022 IR 149",
                null => "ISO_IR 100",
                Latin1 => "ISO_IR 100",
                _ => "the set of this number",
            };
            notes.Deviates(
                $"its SpecificCharacterSet {DicomTags.Write(DicomTags.SpecificCharacterSet)} is '{DicomDataSet.Shown(term)}', which is not defined",
                $"{name} is taken"
            );
        }
    }

    private static int? Known(string term)
    {
        string letters = string.Concat(term.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        switch (letters)
        {
            case "":
                return Latin1;
            case "UTF8" or "UNICODE" or "ISO10646":
                return Utf8;
            case "GB18030" or "GBK" or "GB2312" or "CP936" or "ISO2022GBK" or "ISO2022GB18030":
                return Chinese;
            case "LATIN1":
                return Latin1;
        }

        if (Number(letters, "ISO8859") is >= 1 and <= 15 and not 12 and var part)
            return Iso8859 + part;
        return (Number(letters, "ISO2022IR") ?? Number(letters, "ISO2022") ?? Number(letters, "ISOIR")) switch
        {
            6 or 100 => Latin1,
            101 => Iso8859 + 2,
            109 => Iso8859 + 3,
            110 => Iso8859 + 4,
            144 => Iso8859 + 5,
            127 => Iso8859 + 6,
            126 => Iso8859 + 7,
            138 => Iso8859 + 8,
            148 => Iso8859 + 9,
            203 => Iso8859 + 15,
            166 => 874,
            13 => 932,
            192 => Utf8,
            149 => Korean,
            58 => Chinese,
            // Japanese sets that only escape sequences switch to.
            87 or 159 => Latin1,
            _ => null,
        };
    }

    private static int? Number(string letters, string prefix) =>
        letters.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(letters.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : null;
}
