namespace CxrAnnotate;

/// <summary>
/// A search over word sequences for a batch of inputs at once. It knows no network: whoever drives it asks for the words to feed
/// (<see cref="Words"/>, and which of the previous rows each of them continues, <see cref="Parents"/>) and hands back the log-probabilities of the
/// next word.
/// </summary>
internal abstract class SequenceSearch
{
    private readonly List<(int Previous, int Word)> _nodes = [];

    private protected SequenceSearch(int inputs, int maximumLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumLength, 1);
        Inputs = inputs;
        MaximumLength = maximumLength;
        Parents = [.. Enumerable.Range(0, inputs)];
    }

    /// <summary>How many sequences are searched for side by side.</summary>
    internal int Inputs { get; }

    /// <summary>The most words of a sequence, the end token included.</summary>
    internal int MaximumLength { get; }

    /// <summary>The rows still open: for each the row of the step before that it continues. At the start one row per input.</summary>
    internal int[] Parents { get; private protected set; }

    /// <summary>The word that each open row feeds next; empty before the first step, where the start words are fed.</summary>
    internal int[] Words { get; private protected set; } = [];

    /// <summary>Takes the log-probabilities of the next word, row-major [open rows, vocabulary]; -infinity forbids a word.</summary>
    internal abstract void Advance(ReadOnlySpan<float> logProbabilities);

    /// <summary>What was found for an input, best first.</summary>
    internal abstract IReadOnlyList<Hypothesis> Results(int input);

    private protected int Extend(int node, int word)
    {
        _nodes.Add((node, word));
        return _nodes.Count - 1;
    }

    private protected int[] Trace(int node)
    {
        var words = new List<int>();
        for (; node >= 0; node = _nodes[node].Previous)
            words.Add(_nodes[node].Word);
        words.Reverse();
        return [.. words];
    }
}
