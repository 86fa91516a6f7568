namespace CxrAnnotate;

/// <summary>
/// A search over word sequences for a batch of inputs. It is independent of the network: the caller feeds the network with <see cref="Words"/>, each
/// continuing one of the previous rows (<see cref="Parents"/>), and passes the log-probabilities of the next word to <see cref="Advance"/>.
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

    /// <summary>The number of parallel searches.</summary>
    internal int Inputs { get; }

    /// <summary>The maximum number of words of a sequence, including the end token.</summary>
    internal int MaximumLength { get; }

    /// <summary>For each open row the row of the previous step that it continues. Initially one row per input.</summary>
    internal int[] Parents { get; private protected set; }

    /// <summary>The next input word of each open row; empty before the first step, which feeds the start words.</summary>
    internal int[] Words { get; private protected set; } = [];

    /// <summary>Advances by the log-probabilities of the next word, row-major [open rows, vocabulary]; -infinity forbids a word.</summary>
    internal abstract void Advance(ReadOnlySpan<float> logProbabilities);

    /// <summary>The sequences found for an input, best first.</summary>
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
