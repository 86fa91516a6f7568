namespace CxrAnnotate;

/// <summary>One candidate text of a finding.</summary>
/// <param name="Tokens">Its words, heading first.</param>
/// <param name="LogProbability">The logarithm of P(words | finding, image).</param>
internal readonly record struct TermCandidate(IReadOnlyList<string> Tokens, double LogProbability)
{
    /// <summary>
    /// The annotations that combine one candidate of each finding, most probable first. Given the image, the words of the findings are independent,
    /// so that the next best combination differs from an earlier one in one finding, by its next candidate.
    /// </summary>
    /// <param name="findings">The candidates of each finding, in the order in which findings are written; no list may be empty.</param>
    internal static IEnumerable<(IReadOnlyList<string> Tokens, double LogProbability)> Combine(IReadOnlyList<IReadOnlyList<TermCandidate>> findings)
    {
        if (findings.Count == 0)
            yield break;
        TermCandidate[][] ordered = [.. findings.Select(terms => terms.OrderByDescending(t => t.LogProbability).ToArray())];
        var open = new PriorityQueue<int[], double>();
        // A choice is extended only from the last finding that was advanced, so that none occurs twice.
        Add(new int[ordered.Length]);
        while (open.TryDequeue(out int[]? chosen, out double cost))
        {
            yield return (Words(chosen), -cost);
            for (int f = Math.Max(Array.FindLastIndex(chosen, c => c > 0), 0); f < chosen.Length; f++)
            {
                if (chosen[f] + 1 == ordered[f].Length)
                    continue;
                int[] next = [.. chosen];
                next[f]++;
                Add(next);
            }
        }

        void Add(int[] choice) => open.Enqueue(choice, -choice.Select((c, f) => ordered[f][c].LogProbability).Sum());

        List<string> Words(int[] choice)
        {
            var words = new List<string>();
            for (int f = 0; f < choice.Length; f++)
            {
                if (f > 0)
                    words.Add(CaptionText.Separator);
                words.AddRange(ordered[f][choice[f]].Tokens);
            }

            return words;
        }
    }
}
