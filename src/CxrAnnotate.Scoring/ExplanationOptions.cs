namespace CxrAnnotate;

/// <summary>What <see cref="RadiographAnnotator.Explain(string, ExplanationOptions?)"/> explains, and how finely.</summary>
public sealed record ExplanationOptions
{
    /// <value>Rows of cells, from 2 to 64. The default value is 12. One image is computed for each cell, so that 12 x 12 cells cost as much as
    /// reading 144 radiographs.</value>
    public int Rows { get; init; } = 12;

    /// <value>Columns of cells, from 2 to 64. The default value is 12.</value>
    public int Columns { get; init; } = 12;

    /// <value>Whether the words of the annotation are explained besides the findings. The default value is true.</value>
    public bool Words { get; init; } = true;

    /// <value>
    /// Whether words that the decoder attended to regions for are explained by these regions (<see cref="RadiographReading.Attention"/>), which costs
    /// nothing, instead of by occlusion. Models without attention, or saved before they knew where their regions lie, explain words by occlusion
    /// in any case. The default value is false.
    /// </value>
    public bool Attention { get; init; }

    /// <value>
    /// The labels and words of the model to explain, whether they were read or not, in place of those of the reading. The default value is null: the
    /// detected findings, and with <see cref="Words"/> the words of the annotation.
    /// </value>
    public IReadOnlyList<string>? Subjects { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        OptionChecks.Require(Rows is >= 2 and <= 64, nameof(Rows), Rows, "from 2 to 64");
        OptionChecks.Require(Columns is >= 2 and <= 64, nameof(Columns), Columns, "from 2 to 64");
    }
}
