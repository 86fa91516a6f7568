namespace CxrAnnotate;

/// <summary>Splits a caption by finding.</summary>
internal static class FindingCaptions
{
    /// <summary>
    /// The findings in the order of their first term, each with its words: all terms with that heading, with separators between them.
    /// </summary>
    internal static IReadOnlyList<(string Finding, string[] Words)> Of(IEnumerable<string> caption)
    {
        var order = new List<string>();
        var words = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        List<string>? present = null;
        foreach (string word in caption)
        {
            if (word == CaptionText.Separator)
            {
                present = null;
                continue;
            }

            if (present is null)
            {
                if (words.TryGetValue(word, out present))
                {
                    present.Add(CaptionText.Separator);
                }
                else
                {
                    order.Add(word);
                    words.Add(word, present = []);
                }
            }

            present.Add(word);
        }

        return [.. order.Select(finding => (finding, words[finding].ToArray()))];
    }
}
