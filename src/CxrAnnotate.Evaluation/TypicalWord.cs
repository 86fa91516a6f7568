namespace CxrAnnotate;

/// <summary>A word that cases of a cluster have more often than others.</summary>
/// <param name="Word">The word, as in captions.</param>
/// <param name="Share">The share of the cluster's cases that have it, from 0 to 1.</param>
/// <param name="Lift">That share divided by the share of all cases that have it; above 1.</param>
public sealed record TypicalWord(string Word, double Share, double Lift)
{
    /// <summary>A word of fewer cases of a cluster says little about it.</summary>
    private const double LeastShare = 0.2;

    /// <summary>How many words describe a cluster.</summary>
    internal const int Most = 5;

    /// <summary>The words of a caption, without the mark between terms.</summary>
    internal static IReadOnlySet<string> In(IEnumerable<string> caption) =>
        caption.Where(word => word != CaptionText.Separator).ToHashSet(StringComparer.Ordinal);

    /// <summary>The words that are most typical of a cluster: those that would surprise most if its cases were any (share * log lift).</summary>
    /// <param name="cases">The indices of the cluster's cases.</param>
    /// <param name="words">The words of every case.</param>
    /// <param name="most">How many words are wanted.</param>
    internal static IReadOnlyList<TypicalWord> Of(IReadOnlyList<int> cases, IReadOnlyList<IReadOnlySet<string>> words, int most)
    {
        Dictionary<string, int> all = Counts(words),
            own = Counts(cases.Select(i => words[i]));
        return
        [
            .. own.Select(pair => new TypicalWord(
                    pair.Key,
                    pair.Value / (double)cases.Count,
                    pair.Value / (double)cases.Count / (all[pair.Key] / (double)words.Count)
                ))
                .Where(word => word.Share >= LeastShare && word.Lift > 1)
                .OrderByDescending(word => word.Share * Math.Log(word.Lift))
                .ThenBy(word => word.Word, StringComparer.Ordinal)
                .Take(most),
        ];
    }

    private static Dictionary<string, int> Counts(IEnumerable<IReadOnlySet<string>> words)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string word in words.SelectMany(own => own))
            counts[word] = counts.GetValueOrDefault(word) + 1;
        return counts;
    }
}
