using System.Text;

namespace CxrAnnotate;

/// <summary>
/// Texts in the character sets of DICOM (PS3.3, C.12.1.1.2), with ISO 2022 escape sequences. Invalid bytes become U+FFFD; no text is an error.
/// </summary>
internal static class DicomText
{
    private const byte Escape = 0x1B;
    private const int SupplementaryKanji = 20932;

    static DicomText() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>The text, with blanks and zeros trimmed.</summary>
    /// <param name="value">The element's bytes.</param>
    /// <param name="sets">The values of SpecificCharacterSet; none means ASCII.</param>
    internal static string Decode(ReadOnlySpan<byte> value, IReadOnlyList<string> sets)
    {
        Encoding initial = Encoding.GetEncoding(sets.Count > 0 ? DicomCharacterSets.CodePage(sets[0]) : DicomCharacterSets.Latin1);
        if (!value.Contains(Escape))
        {
            // Some writers leave out the escape sequence to the second set.
            if (sets is ["", var second, ..] && DicomCharacterSets.IsMultiByte(second))
                initial = Encoding.GetEncoding(DicomCharacterSets.CodePage(second));
            return initial.GetString(value).Trim(' ', '\0');
        }

        var text = new StringBuilder();
        Encoding present = initial;
        byte[] prefix = [];
        while (value.Length > 0)
        {
            if (value[0] == Escape && Designation(value) is ( > 0 and var length, var to, var before))
            {
                present = to is 0 ? initial : Encoding.GetEncoding(to);
                prefix = before;
                value = value[length..];
                continue;
            }

            int next = value[1..].IndexOf(Escape);
            ReadOnlySpan<byte> run = next < 0 ? value : value[..(next + 1)];
            text.Append(present.CodePage == SupplementaryKanji ? present.GetString(Supplementary(run)) : present.GetString([.. prefix, .. run]));
            value = value[run.Length..];
        }

        return text.ToString().Trim(' ', '\0');
    }

    /// <summary>
    /// What an escape sequence switches to: its length, the code page (0: back to the first), and the prefix that the decoder of the page needs.
    /// </summary>
    private static (int Length, int CodePage, byte[] Prefix)? Designation(ReadOnlySpan<byte> at) =>
        at switch
        {
            // JIS X 0208: .NET's decoder of ISO-2022-JP needs the same escape sequence.
            [Escape, (byte)'$', (byte)'B' or (byte)'@', ..] => (3, 50221, [Escape, (byte)'$', (byte)'B']),
            // JIS X 0212: in code page 20932 only the first byte of its characters has the high bit set.
            [Escape, (byte)'$', (byte)'(', (byte)'D', ..] => (4, SupplementaryKanji, []),
            [Escape, (byte)'$', (byte)')', (byte)'C', ..] => (4, 949, []),
            [Escape, (byte)'$', (byte)')', (byte)'A', ..] => (4, 54936, []),
            [Escape, (byte)'(', (byte)'B', ..] => (3, 0, []),
            [Escape, (byte)'(', (byte)'J', ..] => (3, 932, []),
            [Escape, (byte)')', (byte)'I', ..] => (3, 932, []),
            [Escape, (byte)'-', (byte)'A', ..] => (3, 28591, []),
            [Escape, (byte)'-', (byte)'B', ..] => (3, 28592, []),
            [Escape, (byte)'-', (byte)'C', ..] => (3, 28593, []),
            [Escape, (byte)'-', (byte)'D', ..] => (3, 28594, []),
            [Escape, (byte)'-', (byte)'F', ..] => (3, 28597, []),
            [Escape, (byte)'-', (byte)'G', ..] => (3, 28596, []),
            [Escape, (byte)'-', (byte)'H', ..] => (3, 28598, []),
            [Escape, (byte)'-', (byte)'L', ..] => (3, 28595, []),
            [Escape, (byte)'-', (byte)'M', ..] => (3, 28599, []),
            [Escape, (byte)'-', (byte)'T', ..] => (3, 874, []),
            [Escape, (byte)'-', (byte)'b', ..] => (3, 28605, []),
            _ => null,
        };

    private static byte[] Supplementary(ReadOnlySpan<byte> run)
    {
        byte[] bytes = run.ToArray();
        for (int i = 0; i < bytes.Length; i += 2)
            bytes[i] |= 0x80;
        return bytes;
    }
}
