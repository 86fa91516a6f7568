namespace CxrAnnotate;

/// <summary>Options of <c>ChestXrayCatalog.Audit</c>.</summary>
public sealed record DataAuditOptions
{
    /// <value>How files are read: the range of values, DICOM options, limits. Size, fit and columns are ignored. The default value is
    /// <c>new LoadRadiographsOptions()</c>.</value>
    public LoadRadiographsOptions Loading { get; init; } = new();

    /// <value>
    /// The label mining of the training that is planned: its task (one label an image, or several findings) and its minimum number of cases decide
    /// which classes count as learnt. The default value is <c>new MineLabelsOptions()</c>.
    /// </value>
    public MineLabelsOptions Mining { get; init; } = new();

    /// <value>
    /// Pretrained weights whose features the reader of the whole image gets besides the coarse picture: "imagenet" (<see cref="PretrainedWeights"/>)
    /// or a path, as for <see cref="FeaturizeRadiographsOptions.Pretrained"/>. Needs libtorch. The default value is null, for the coarse picture
    /// alone.
    /// </value>
    public string? Pretrained { get; init; }

    /// <value>The folds, by patient, in which readers read what they were not fitted to; at least 2. The default value is 5.</value>
    public int Folds { get; init; } = 5;

    /// <value>
    /// The most radiographs that readers are fitted to and read, at least 20: of larger sets a sample of whole patients is taken. Everything else
    /// looks at all rows. The default value is 4000.
    /// </value>
    public int MaximumReadImages { get; init; } = 4000;

    /// <value>The most findings that readers look for, of which the most frequent are taken; at least 1. The default value is 12.</value>
    public int MaximumFindings { get; init; } = 12;

    /// <value>The most suspects of wrong labels that are listed, 0 or more. The default value is 50.</value>
    public int MaximumSuspects { get; init; } = 50;

    /// <value>Bootstrap resamples of the intervals, at least 100. The default value is 1000.</value>
    public int Resamples { get; init; } = 1000;

    /// <value>Shuffles of the labels by which it is measured what chance reaches, at least 20. The default value is 200.</value>
    public int Shuffles { get; init; } = 200;

    /// <value>The seed of folds, samples, resamples and shuffles. The default value is 0.</value>
    public int Seed { get; init; }

    /// <value>Receives what is done, in the order of the work. The default value is null.</value>
    public IProgress<DataAuditProgress>? Progress { get; init; }

    /// <value>Stops the audit. The default value is none.</value>
    public CancellationToken Cancellation { get; init; }

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Loading);
        ArgumentNullException.ThrowIfNull(Mining);
        Loading.Check();
        Mining.Check();
        OptionChecks.Require(Folds >= 2, nameof(Folds), Folds, "at least 2");
        OptionChecks.Require(MaximumReadImages >= 20, nameof(MaximumReadImages), MaximumReadImages, "at least 20");
        OptionChecks.Require(MaximumFindings >= 1, nameof(MaximumFindings), MaximumFindings, "at least 1");
        OptionChecks.Require(MaximumSuspects >= 0, nameof(MaximumSuspects), MaximumSuspects, "0 or more");
        OptionChecks.Require(Resamples >= 100, nameof(Resamples), Resamples, "at least 100");
        OptionChecks.Require(Shuffles >= 20, nameof(Shuffles), Shuffles, "at least 20");
        OptionChecks.Require(Pretrained is null || !string.IsNullOrWhiteSpace(Pretrained), nameof(Pretrained), Pretrained, "a name or path, or null");
    }
}

/// <summary>What an audit is doing.</summary>
/// <param name="Step">The step: "radiographs", "copies", "features", "readers".</param>
/// <param name="Done">How much of it is done.</param>
/// <param name="Total">How much there is; 0 if unknown.</param>
public readonly record struct DataAuditProgress(string Step, int Done, int Total);
