using System.Buffers;

namespace CxrAnnotate;

/// <summary>
/// Distinguishes sentences from annotations. The grammar of annotations takes any words as a heading, so a report in the wrong column is read without
/// an error, and nothing is learned from it.
/// </summary>
internal static class FreeText
{
    /// <summary>The longest heading or qualifier of the Open-i collection has five words.</summary>
    private const int MostWords = 8;

    /// <summary>Fewer words than these may be a heading with a full stop.</summary>
    private const int LeastWords = 3;

    private static readonly string[] _wordsOfSentences = ["the", "is", "are", "was", "were", "has", "have", "there", "seen", "without"];
    private static readonly SearchValues<char> _separators = SearchValues.Create("|/ \t,;:()");

    /// <summary>
    /// Whether a text reads like a sentence: it has a part of many words, or some words with a full stop, or words that no heading has.
    /// </summary>
    internal static bool Looks(string annotation)
    {
        int words = 0,
            inPart = 0;
        bool sentence = false;
        foreach (Range range in annotation.AsSpan().SplitAny(_separators))
        {
            ReadOnlySpan<char> word = annotation.AsSpan()[range];
            if (range.Start.Value > 0 && annotation[range.Start.Value - 1] is '|' or '/')
                inPart = 0;
            if (word.IsEmpty)
                continue;
            sentence |=
                word.Length > 1 && word[^1] is '.' or '!' or '?'
                || IsOfSentences(word)
                || (words == 0 && word.Equals("no", StringComparison.OrdinalIgnoreCase));
            words++;
            if (++inPart > MostWords)
                return true;
        }

        return sentence && words >= LeastWords;
    }

    private static bool IsOfSentences(ReadOnlySpan<char> word)
    {
        foreach (string known in _wordsOfSentences)
        {
            if (word.Equals(known, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
