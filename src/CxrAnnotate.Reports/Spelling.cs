namespace CxrAnnotate;

/// <summary>Words that are written with a slip.</summary>
internal static class Spelling
{
    /// <summary>
    /// Whether a word is another one with a slip: one letter is missing or added, one vowel is another, or two neighbours are swapped (after Damerau,
    /// 1964). The first letter and the ending are right: there the forms of a word differ, and a wrong consonant often makes another word.
    /// </summary>
    /// <param name="word">The word.</param>
    /// <param name="right">The word as it is written.</param>
    /// <param name="ending">How many letters at the end must be right.</param>
    internal static bool IsSlip(ReadOnlySpan<char> word, ReadOnlySpan<char> right, int ending = 2)
    {
        int at = word.CommonPrefixLength(right);
        int shorter = Math.Min(word.Length, right.Length);
        // A letter that is doubled, or is not, is a slip at the first of the two: "cardiomegally".
        if (word.Length != right.Length && at > 1 && Longer(word, right)[at] == word[at - 1])
            at--;
        // Behind a letter too many or too few all of the shorter word is right, behind a wrong one all but that letter.
        if (at < 1 || at > shorter - ending - (word.Length == right.Length ? 1 : 0))
            return false;
        ReadOnlySpan<char> a = word[at..],
            b = right[at..];
        return (a.Length - b.Length) switch
        {
            1 => a[1..].SequenceEqual(b),
            -1 => a.SequenceEqual(b[1..]),
            0 => (IsVowel(a[0]) && IsVowel(b[0]) && a[1..].SequenceEqual(b[1..]))
                || (a[0] == b[1] && a[1] == b[0] && a[2..].SequenceEqual(b[2..])),
            _ => false,
        };
    }

    private static ReadOnlySpan<char> Longer(ReadOnlySpan<char> one, ReadOnlySpan<char> other) => one.Length > other.Length ? one : other;

    private static bool IsVowel(char letter) => letter is 'a' or 'e' or 'i' or 'o' or 'u' or 'y';
}
