namespace CxrAnnotate;

public sealed partial class ChestXrayCatalog
{
    /// <summary>Finds the labels of annotated radiographs: the patterns of MeSH terms with more than a minimum of cases; and their captions in tokens.</summary>
    /// <param name="labelColumnName">The label column to add: a key with text names; missing for rows whose pattern is too rare.</param>
    /// <param name="meshColumnName">The column of annotations in the MeSH grammar.</param>
    /// <param name="captionColumnName">The caption column to add: text, tokens joined by one blank.</param>
    /// <param name="minimumCases">A pattern is a label if it has more rows than this.</param>
    /// <param name="protocol">The rule. <see cref="MiningProtocol.Paper"/> also reads a column <c>MeshTop</c>.</param>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minimumCases"/> is below 0.</exception>
    public MineLabelsEstimator MineLabels(
        string labelColumnName = "Label", string meshColumnName = "Mesh", string captionColumnName = "Caption", int minimumCases = 30,
        MiningProtocol protocol = MiningProtocol.Strict) => MineLabels(new MineLabelsOptions
        {
            LabelColumnName = labelColumnName,
            MeshColumnName = meshColumnName,
            CaptionColumnName = captionColumnName,
            MinimumCases = minimumCases,
            Protocol = protocol,
        });

    /// <summary>Finds the labels of annotated radiographs, and their captions in tokens.</summary>
    /// <param name="options">The protocol, its thresholds and the columns.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    public MineLabelsEstimator MineLabels(MineLabelsOptions options) => new(Context, options);
}
