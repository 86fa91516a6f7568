namespace CxrAnnotate;

/// <summary>Adds up the probabilities of the labels that one base label was split into by the cascade.</summary>
internal sealed class LabelFold
{
    private readonly int[] _baseOf;

    /// <param name="labels">The names of a score's slots.</param>
    internal LabelFold(IReadOnlyList<string> labels)
    {
        var names = new List<string>();
        _baseOf = new int[labels.Count];
        for (int i = 0; i < labels.Count; i++)
        {
            string name = DecoderVocabulary.BaseLabel(labels[i]);
            _baseOf[i] = names.IndexOf(name);
            if (_baseOf[i] < 0)
            {
                _baseOf[i] = names.Count;
                names.Add(name);
            }
        }

        Names = names;
    }

    /// <summary>The base labels in order of their first slot.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>The probability of each base label.</summary>
    internal double[] Fold(ReadOnlySpan<float> scores)
    {
        double[] folded = new double[Names.Count];
        for (int i = 0; i < scores.Length; i++)
            folded[_baseOf[i]] += scores[i];
        return folded;
    }
}
