namespace CxrAnnotate;

/// <summary>Options of <see cref="ExplainFindingsEstimator"/>.</summary>
public sealed record ExplainFindingsOptions
{
    /// <value>The image column: a known-size vector of <see cref="float"/> in [0, 1] with dimensions [1, H, W] (or [H, W]). The default value is
    /// "Image".</value>
    public string ImageColumnName { get; init; } = "Image";

    /// <value>The output column of the findings' maps. The default value is "HeatMaps".</value>
    public string HeatMapsColumnName { get; init; } = "HeatMaps";

    /// <value>The output column of the words' maps, which only a cascade gives. The default value is "WordHeatMaps".</value>
    public string WordHeatMapsColumnName { get; init; } = "WordHeatMaps";

    /// <value>How findings are explained. The default value is <see cref="ExplanationMethod.Automatic"/>.</value>
    public ExplanationMethod Method { get; init; } = ExplanationMethod.Automatic;

    /// <value>Whether words that the decoder attended to regions for are explained by these regions instead of by occlusion, as by
    /// <see cref="ExplanationOptions.Attention"/>. The default value is false.</value>
    public bool Attention { get; init; }

    /// <value>Whether all findings, and all words that the decoder reports, are explained, rather than those that the image is read to have. The
    /// default value is false.</value>
    public bool All { get; init; }

    /// <value>Rows of a map, from 2 to 64. The default value is 12.</value>
    public int Rows { get; init; } = 12;

    /// <value>Columns of a map, from 2 to 64. The default value is 12.</value>
    public int Columns { get; init; } = 12;

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    /// <exception cref="ArgumentException">A column name is empty, or both outputs have the same name.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(ImageColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(HeatMapsColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(WordHeatMapsColumnName);
        if (HeatMapsColumnName == WordHeatMapsColumnName)
            throw new ArgumentException(
                ErrorCode.OutputColumnsNotDistinct.Message($"The output columns must have different names, but both are {HeatMapsColumnName}."),
                nameof(HeatMapsColumnName)
            );
        OptionChecks.Require(Enum.IsDefined(Method), nameof(Method), Method, "Automatic, ClassActivation, GradCam or Occlusion");
        OptionChecks.Require(Rows is >= 2 and <= 64, nameof(Rows), Rows, "from 2 to 64");
        OptionChecks.Require(Columns is >= 2 and <= 64, nameof(Columns), Columns, "from 2 to 64");
    }
}
