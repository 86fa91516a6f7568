namespace CxrAnnotate;

/// <summary>
/// What an evaluation report shows beside an <see cref="AnnotationReport"/>: the cases, from which the curves are computed, their images, and what
/// the caller knows of the training. <see cref="ReportDocument"/> writes it.
/// </summary>
public sealed record ReportPage
{
    /// <summary>The heading of the page.</summary>
    public required string Title { get; init; }

    /// <summary>A sentence on what was read: how many radiographs, of whom, and whether the model had seen them.</summary>
    public required string Lead { get; init; }

    /// <summary>The names of <see cref="ReportCase.Probabilities"/>. Parts of a split label (<c>nodule#1</c>) are merged.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The cases, in the order of the report. All of them: the curves are computed from them.</summary>
    public required IReadOnlyList<ReportCase> Cases { get; init; }

    /// <summary>Caveats, which stand near the top.</summary>
    /// <value>The default value is an empty list.</value>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The columns by which <see cref="ReportCase.Groups"/> groups cases, for example View, Sex, Age.</summary>
    /// <value>The default value is an empty list: no subgroups.</value>
    public IReadOnlyList<string> GroupColumns { get; init; } = [];

    /// <summary>Further tables of figures, for example of several models side by side.</summary>
    /// <value>The default value is an empty list.</value>
    public IReadOnlyList<PageTable> Tables { get; init; } = [];

    /// <summary>How the model was trained.</summary>
    /// <value>The default value is an empty list.</value>
    public IReadOnlyList<TrainingCurve> Training { get; init; } = [];

    /// <summary>
    /// How the cases lie together in the joint image/text space, by the index of <see cref="Cases"/>; null: not shown.
    /// <c>ChestXrayCatalog.DescribeJointSpace</c> makes it.
    /// </summary>
    /// <value>The default value is null.</value>
    public JointSpace? Space { get; init; }

    /// <summary>
    /// The clusters in which the model does worst, by the index of <see cref="Cases"/>; empty: none was found; null: not shown.
    /// <c>ChestXrayCatalog.FindErrorSlices</c> finds them.
    /// </summary>
    /// <value>The default value is null.</value>
    public IReadOnlyList<ErrorSlice>? Slices { get; init; }

    /// <summary>Sections between the summary and the curves, for example on the data.</summary>
    /// <value>The default value is an empty list.</value>
    public IReadOnlyList<PageSection> LeadingSections { get; init; } = [];

    /// <summary>Sections after the training curves, for example on what the model has learnt.</summary>
    /// <value>The default value is an empty list.</value>
    public IReadOnlyList<PageSection> FurtherSections { get; init; } = [];

    /// <summary>Bootstrap resamples behind each interval of the page; 0: no intervals.</summary>
    /// <value>The default value is 1000.</value>
    public int Resamples { get; init; } = 1000;

    /// <summary>The seed of the resamples.</summary>
    /// <value>The default value is 1.</value>
    public int Seed { get; init; } = 1;

    /// <summary>Stops the computation.</summary>
    /// <value>The default value is a token that is never cancelled.</value>
    public CancellationToken CancellationToken { get; init; }
}

/// <summary>One image with what was read from it and what is true.</summary>
public sealed record ReportCase
{
    /// <summary>The name that the page shows. Leave out what identifies a person if the page is published.</summary>
    public required string Name { get; init; }

    /// <summary>The true annotation in the MeSH grammar; empty if unknown.</summary>
    public required string Truth { get; init; }

    /// <summary>The annotation that was read, in the MeSH grammar.</summary>
    public required string Read { get; init; }

    /// <summary>The tokens of the true annotation, joined by blanks, terms by <c>|</c>.</summary>
    public required string TruthTokens { get; init; }

    /// <summary>The tokens that were read, in the form of <see cref="TruthTokens"/>.</summary>
    public required string ReadTokens { get; init; }

    /// <summary>The probability of the annotation that was read, 0 to 1; null if unknown.</summary>
    public double? Probability { get; init; }

    /// <summary>The probability of each label of <see cref="ReportPage.Labels"/>, 0 to 1.</summary>
    public required IReadOnlyList<double> Probabilities { get; init; }

    /// <summary>
    /// The probabilities before they were calibrated; the page then shows reliability before and after. All cases have them, or none.
    /// </summary>
    /// <value>The default value is null: the probabilities were not calibrated, or are not known from before.</value>
    public IReadOnlyList<double>? ProbabilitiesBefore { get; init; }

    /// <summary>The true labels; null if they are unknown.</summary>
    public required IReadOnlyList<string>? TrueLabels { get; init; }

    /// <summary>For multi-label: the labels of which it is unknown whether the case has them.</summary>
    /// <value>The default value is an empty list.</value>
    public IReadOnlyList<string> UnknownLabels { get; init; } = [];

    /// <summary>The labels that the model named: one, or for multi-label any number.</summary>
    public required IReadOnlyList<string> NamedLabels { get; init; }

    /// <summary>The unit (patient) by which intervals draw; empty: the case is its own. The page does not show it.</summary>
    /// <value>The default value is empty.</value>
    public string Unit { get; init; } = "";

    /// <summary>The value of each of <see cref="ReportPage.GroupColumns"/>; empty if unknown.</summary>
    /// <value>The default value is an empty list.</value>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>
    /// Makes a small image (PNG, JPEG or WebP), called once when the page is written; null: none. Square, about 100 to 200 pixels.
    /// </summary>
    /// <value>The default value is null.</value>
    public Func<byte[]>? Thumbnail { get; init; }

    /// <summary>Makes the image for a closer look, called once when the page is written; null: the thumbnail is enlarged.</summary>
    /// <value>The default value is null.</value>
    public Func<byte[]>? Image { get; init; }

    /// <summary>What the reading was read from. Each map covers the whole of <see cref="Image"/>, or of the thumbnail if there is none.</summary>
    /// <value>The default value is an empty list.</value>
    public IReadOnlyList<HeatMap> HeatMaps { get; init; } = [];
}

/// <summary>The training of one network, epoch by epoch.</summary>
/// <param name="Name">Which network, for example "Iteration 1, image network".</param>
/// <param name="TrainLosses">The mean loss of each epoch's batches.</param>
/// <param name="ValidationLosses">The loss on the validation rows after each epoch; empty without such rows.</param>
/// <param name="ValidationScores">The score on the validation rows after each epoch, higher is better; empty without such rows.</param>
/// <param name="BestEpoch">The epoch (from 1) whose weights were kept; 0 if unknown.</param>
public sealed record TrainingCurve(
    string Name,
    IReadOnlyList<double> TrainLosses,
    IReadOnlyList<double> ValidationLosses,
    IReadOnlyList<double> ValidationScores,
    int BestEpoch
);

/// <summary>A section of a page that its caller makes.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Paragraphs">Its text; markup is shown as it is written.</param>
public sealed record PageSection(string Title, IReadOnlyList<string> Paragraphs)
{
    /// <summary>Figures with captions.</summary>
    /// <value>The default value is an empty list.</value>
    public IReadOnlyList<PagePicture> Pictures { get; init; } = [];

    /// <summary>Tables.</summary>
    /// <value>The default value is an empty list.</value>
    public IReadOnlyList<PageTable> Tables { get; init; } = [];
}

/// <summary>A picture of a section.</summary>
/// <param name="Content">The encoded image: PNG, JPEG or WebP.</param>
/// <param name="Description">What it shows, for those who do not see it.</param>
/// <param name="Caption">The text below it.</param>
public sealed record PagePicture(ReadOnlyMemory<byte> Content, string Description, string Caption);

/// <summary>A table of figures.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Columns">The columns after the first, which names the rows.</param>
/// <param name="Rows">The rows.</param>
/// <param name="Caption">A remark below it; empty for none.</param>
public sealed record PageTable(string Title, IReadOnlyList<PageColumn> Columns, IReadOnlyList<PageRow> Rows, string Caption = "")
{
    /// <summary>What the rows are.</summary>
    /// <value>The default value is "Metric".</value>
    public string Of { get; init; } = "Metric";
}

/// <summary>A column of a table.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="IsBaseline">Whether it is a trivial baseline, which is shown in grey.</param>
public sealed record PageColumn(string Name, bool IsBaseline = false);

/// <summary>A row of a table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Meaning">A short description; empty for none.</param>
/// <param name="Cells">One cell per column; null where there is nothing.</param>
public sealed record PageRow(string Name, string Meaning, IReadOnlyList<PageCell?> Cells);

/// <summary>A cell of a table.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Detail">A second line, for example the interval; empty for none.</param>
/// <param name="IsBest">Whether it is marked as the best of its row.</param>
public sealed record PageCell(string Text, string Detail = "", bool IsBest = false);

/// <summary>The bands into which reports put ages.</summary>
public static class AgeBands
{
    /// <summary>The band of an age: <c>0 to 17</c>, <c>18 to 39</c>, <c>40 to 59</c>, <c>60 to 79</c>, <c>80 and older</c>.</summary>
    /// <param name="years">The age in years.</param>
    /// <returns>The band; empty for NaN.</returns>
    public static string Of(double years) =>
        double.IsNaN(years) ? ""
        : years < 18 ? "0 to 17"
        : years < 40 ? "18 to 39"
        : years < 60 ? "40 to 59"
        : years < 80 ? "60 to 79"
        : "80 and older";
}
