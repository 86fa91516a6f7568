namespace CxrAnnotate;

/// <summary>
/// Samples one sequence per input, word by word, from the network's distribution at a temperature. Each input has its own seed, so a draw does not
/// depend on its batch.
/// </summary>
internal sealed class SamplingSearch : SequenceSearch
{
    private readonly int _end;
    private readonly double _temperature;
    private readonly Random[] _random;
    private readonly Hypothesis?[] _found;
    private List<(int Input, int Node, double LogProbability)> _open;
    private int _step;

    /// <param name="seeds">One seed per input.</param>
    /// <param name="temperature">The temperature, above 0: below 1 sharpens the distribution, above 1 flattens it.</param>
    /// <param name="maximumLength">The maximum number of words, including the end token.</param>
    /// <param name="end">The id of the end token.</param>
    internal SamplingSearch(IReadOnlyList<int> seeds, double temperature, int maximumLength, int end)
        : base(seeds.Count, maximumLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        _end = end;
        _temperature = temperature;
        _random = [.. seeds.Select(s => new Random(s))];
        _found = new Hypothesis?[seeds.Count];
        _open = [.. Enumerable.Range(0, seeds.Count).Select(i => (i, -1, 0.0))];
    }

    internal override void Advance(ReadOnlySpan<float> logProbabilities)
    {
        int vocabulary = logProbabilities.Length / _open.Count;
        _step++;
        var open = new List<(int, int, double)>();
        var parents = new List<int>();
        var words = new List<int>();
        for (int row = 0; row < _open.Count; row++)
        {
            var (input, node, before) = _open[row];
            ReadOnlySpan<float> next = logProbabilities.Slice(row * vocabulary, vocabulary);
            int word = Draw(next, _random[input]);
            double logProbability = before + next[word];
            if (word == _end)
                _found[input] = new Hypothesis(Trace(node), logProbability, true);
            else if (_step == MaximumLength)
                _found[input] = new Hypothesis([.. Trace(node), word], logProbability, false);
            else
            {
                open.Add((input, Extend(node, word), logProbability));
                parents.Add(row);
                words.Add(word);
            }
        }

        _open = open;
        Parents = [.. parents];
        Words = [.. words];
    }

    internal override IReadOnlyList<Hypothesis> Results(int input) => _found[input] is { } found ? [found] : [];

    private int Draw(ReadOnlySpan<float> logProbabilities, Random random)
    {
        double top = double.NegativeInfinity;
        foreach (float value in logProbabilities)
            top = Math.Max(top, value);
        Span<double> mass = logProbabilities.Length <= 1024 ? stackalloc double[logProbabilities.Length] : new double[logProbabilities.Length];
        double total = 0;
        for (int i = 0; i < mass.Length; i++)
            total += mass[i] = Math.Exp((logProbabilities[i] - top) / _temperature);

        double left = random.NextDouble() * total;
        int last = -1;
        for (int i = 0; i < mass.Length; i++)
        {
            if (mass[i] == 0)
                continue;
            last = i;
            left -= mass[i];
            if (left < 0)
                break;
        }

        return last;
    }
}
