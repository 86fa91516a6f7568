using System.Buffers;

namespace CxrAnnotate;

/// <summary>
/// Distinguishes sentences from annotations. The annotation grammar accepts any words as a heading, so a report in the wrong column would parse
/// without an error and teach the model nothing.
/// </summary>
internal static class FreeText
{
    /// <summary>The longest heading or qualifier of the Open-i collection has five words.</summary>
    private const int MaximumWords = 8;

    /// <summary>Fewer words than these may be a heading with a full stop.</summary>
    private const int MinimumWords = 3;

    private static readonly string[] _sentenceWords = ["the", "is", "are", "was", "were", "has", "have", "there", "seen", "without"];
    private static readonly SearchValues<char> _separators = SearchValues.Create("|/ \t,;:()");

    /// <summary>
    /// Whether a text reads like a sentence: a part of many words, a few words with a full stop, or words that no heading contains.
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
                || IsSentenceWord(word)
                || (words == 0 && word.Equals("no", StringComparison.OrdinalIgnoreCase));
            words++;
            if (++inPart > MaximumWords)
                return true;
        }

        return sentence && words >= MinimumWords;
    }

    private static bool IsSentenceWord(ReadOnlySpan<char> word)
    {
        foreach (string known in _sentenceWords)
        {
            if (word.Equals(known, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
