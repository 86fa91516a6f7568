namespace CxrAnnotate;

/// <summary>One way of writing a finding.</summary>
/// <param name="Tokens">Its words, heading first.</param>
/// <param name="LogProbability">The logarithm of P(words | finding, image).</param>
internal readonly record struct TermCandidate(IReadOnlyList<string> Tokens, double LogProbability)
{
    /// <summary>
    /// The annotations that take one candidate of each finding, the most probable first. The findings' words are independent of each other given the
    /// image, so that the next one after those that were given has one finding written by its next candidate.
    /// </summary>
    /// <param name="findings">The candidates of each finding, in the order that findings are written in; none of them empty.</param>
    internal static IEnumerable<(IReadOnlyList<string> Tokens, double LogProbability)> Together(IReadOnlyList<IReadOnlyList<TermCandidate>> findings)
    {
        if (findings.Count == 0)
            yield break;
        TermCandidate[][] ordered = [.. findings.Select(terms => terms.OrderByDescending(t => t.LogProbability).ToArray())];
        var open = new PriorityQueue<int[], double>();
        // Choices are grown from the last place that was moved on, so that none is met twice.
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
