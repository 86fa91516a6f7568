namespace CxrAnnotate;

/// <summary>
/// Beam search. A finished sequence is kept if it is among the step's best <c>width</c>; up to <c>width</c> open ones are kept besides, so that
/// finished sequences do not narrow the beam. The search of an input ends when no open sequence can overtake the <c>width</c> kept ones. Width 1 is
/// greedy search.
/// </summary>
internal sealed class BeamSearch : SequenceSearch
{
    private readonly int _width;
    private readonly int _end;
    private readonly double _lengthNormalization;
    private readonly List<(double Score, Hypothesis Found)>[] _found;
    private readonly Candidate[] _best;
    private List<Open> _open;
    private int _step;

    /// <param name="inputs">The number of parallel searches.</param>
    /// <param name="width">Open sequences per input, and the maximum number of results.</param>
    /// <param name="maximumLength">The maximum number of words, including the end token.</param>
    /// <param name="end">The id of the end token.</param>
    /// <param name="lengthNormalization">Hypotheses are ranked by log-probability / length^this; 0 ranks by probability.</param>
    internal BeamSearch(int inputs, int width, int maximumLength, int end, double lengthNormalization = 0)
        : base(inputs, maximumLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(lengthNormalization);
        _width = width;
        _end = end;
        _lengthNormalization = lengthNormalization;
        _found = [.. Enumerable.Range(0, inputs).Select(_ => new List<(double, Hypothesis)>())];
        _open = [.. Enumerable.Range(0, inputs).Select(i => new Open(i, -1, 0))];
        _best = new Candidate[2 * width];
    }

    internal override void Advance(ReadOnlySpan<float> logProbabilities)
    {
        int vocabulary = logProbabilities.Length / _open.Count;
        _step++;
        var open = new List<Open>();
        var parents = new List<int>();
        var words = new List<int>();
        for (int first = 0; first < _open.Count;)
        {
            int input = _open[first].Input;
            int last = first;
            while (last < _open.Count && _open[last].Input == input)
                last++;
            int count = Rank(logProbabilities, vocabulary, first, last);
            Take(input, count, open, parents, words);
            first = last;
        }

        _open = open;
        Parents = [.. parents];
        Words = [.. words];
    }

    internal override IReadOnlyList<Hypothesis> Results(int input) => [.. _found[input].Select(f => f.Found)];

    // The step's best 2 * width continuations: at most one per row is finished, so at least width of them are open.
    private int Rank(ReadOnlySpan<float> logProbabilities, int vocabulary, int first, int last)
    {
        int count = 0;
        for (int row = first; row < last; row++)
        {
            double before = _open[row].LogProbability;
            ReadOnlySpan<float> next = logProbabilities.Slice(row * vocabulary, vocabulary);
            for (int word = 0; word < next.Length; word++)
            {
                double score = before + next[word];
                if (!double.IsFinite(score) || (count == _best.Length && score <= _best[^1].LogProbability))
                    continue;
                int at = count < _best.Length ? count++ : count - 1;
                for (; at > 0 && _best[at - 1].LogProbability < score; at--)
                    _best[at] = _best[at - 1];
                _best[at] = new Candidate(row, word, score);
            }
        }

        return count;
    }

    private void Take(int input, int count, List<Open> open, List<int> parents, List<int> words)
    {
        var found = _found[input];
        int kept = 0;
        int firstOpen = open.Count;
        for (int rank = 0; rank < count && kept < _width; rank++)
        {
            Candidate c = _best[rank];
            if (c.Word == _end)
            {
                if (rank < _width)
                    Keep(found, new Hypothesis(Trace(_open[c.Row].Node), c.LogProbability, true));
            }
            else if (_step == MaximumLength)
            {
                Keep(found, new Hypothesis([.. Trace(_open[c.Row].Node), c.Word], c.LogProbability, false));
                kept++;
            }
            else
            {
                open.Add(new Open(input, Extend(_open[c.Row].Node, c.Word), c.LogProbability));
                parents.Add(c.Row);
                words.Add(c.Word);
                kept++;
            }
        }

        if (open.Count > firstOpen && found.Count == _width && Score(open[firstOpen].LogProbability, MaximumLength) <= found[^1].Score)
        {
            int surplus = open.Count - firstOpen;
            open.RemoveRange(firstOpen, surplus);
            parents.RemoveRange(firstOpen, surplus);
            words.RemoveRange(firstOpen, surplus);
        }
    }

    private void Keep(List<(double Score, Hypothesis Found)> found, Hypothesis hypothesis)
    {
        double score = Score(hypothesis.LogProbability, _step);
        int at = found.Count;
        while (at > 0 && found[at - 1].Score < score)
            at--;
        found.Insert(at, (score, hypothesis));
        if (found.Count > _width)
            found.RemoveAt(_width);
    }

    private double Score(double logProbability, int length) =>
        _lengthNormalization == 0 ? logProbability : logProbability / Math.Pow(length, _lengthNormalization);

    private readonly record struct Open(int Input, int Node, double LogProbability);

    private readonly record struct Candidate(int Row, int Word, double LogProbability);
}
