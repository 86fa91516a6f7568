namespace CxrAnnotate;

/// <summary>What the chest phantom draws. The phantom is a test object: it is never evidence about patients.</summary>
public sealed record ChestPhantomOptions
{
    /// <summary>The least that <see cref="Size"/> may be.</summary>
    public const int SmallestSize = 64;

    /// <summary>The most that <see cref="Size"/> may be.</summary>
    public const int LargestSize = 512;

    /// <summary>The number of studies of a data set.</summary>
    /// <value>At least 1. The default value is 2000.</value>
    public int Studies { get; init; } = 2000;

    /// <summary>Width and height of an image in pixels.</summary>
    /// <value>From 64 to 512. The default value is 256.</value>
    public int Size { get; init; } = 256;

    /// <summary>The probability that a study is normal.</summary>
    /// <value>From 0 to 1. The default value is 0.71, the share of normal images among the 17 labels of Shin et al. (2,696 of 3,783).</value>
    public double NormalFraction { get; init; } = 0.71;

    /// <summary>The projections of a study.</summary>
    /// <value>The default value is <see cref="PhantomViews.Frontal"/>.</value>
    public PhantomViews Views { get; init; } = PhantomViews.Frontal;

    /// <summary>The files that images are written to.</summary>
    /// <value>The default value is <see cref="PhantomFormat.Png"/>.</value>
    public PhantomFormat Format { get; init; } = PhantomFormat.Png;

    /// <summary>The largest number of findings of an abnormal study; their number is uniform from 1 to this.</summary>
    /// <value>From 1 to 3. The default value is 1: the label of an abnormal study is a single term.</value>
    public int FindingsPerStudy { get; init; } = 1;

    /// <summary>Whether a data set on disk has a mask of each finding besides its box.</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool Masks { get; init; }

    /// <summary>
    /// The headings to draw, for example <c>Nodule</c> or <c>Lung/hypoinflation</c>; their relative frequencies stay those of Open-i.
    /// </summary>
    /// <value><see langword="null"/> draws every heading of <see cref="ChestPhantom.Headings"/>. The default value is <see langword="null"/>.</value>
    public IReadOnlyList<string>? Headings { get; init; }

    /// <summary>Scales quantum and film noise.</summary>
    /// <value>From 0 (none) to 5. The default value is 1.</value>
    public double NoiseLevel { get; init; } = 1;

    /// <summary>
    /// Scales the brightness difference between a finding and its surroundings. Findings of shape, such as cardiomegaly, do not depend on it.
    /// </summary>
    /// <value>From 0.25 to 3. The default value is 1.</value>
    public double FindingContrast { get; init; } = 1;

    /// <summary>
    /// A mark that no annotation names, drawn in most studies with one of the headings and in few others: what a network may learn in place of the
    /// finding. For experiments that look for it.
    /// </summary>
    /// <value><see langword="null"/> draws none. The default value is <see langword="null"/>.</value>
    public PhantomShortcut? Shortcut { get; init; }

    /// <summary>Everything random is derived from this number and the study's index.</summary>
    /// <value>The default value is 2016.</value>
    public int Seed { get; init; } = 2016;

    internal void Check()
    {
        Require(Studies >= 1, nameof(Studies), Studies, "at least 1");
        Require(Size is >= SmallestSize and <= LargestSize, nameof(Size), Size, $"from {SmallestSize} to {LargestSize}");
        Require(NormalFraction is >= 0 and <= 1, nameof(NormalFraction), NormalFraction, "from 0 to 1");
        Require(Views is PhantomViews.Frontal or PhantomViews.FrontalAndLateral, nameof(Views), Views, "Frontal or FrontalAndLateral");
        Require(Enum.IsDefined(Format), nameof(Format), Format, "Png or Dicom");
        Require(FindingsPerStudy is >= 1 and <= 3, nameof(FindingsPerStudy), FindingsPerStudy, "from 1 to 3");
        Require(NoiseLevel is >= 0 and <= 5, nameof(NoiseLevel), NoiseLevel, "from 0 to 5");
        Require(FindingContrast is >= 0.25 and <= 3, nameof(FindingContrast), FindingContrast, "from 0.25 to 3");
        Shortcut?.Check();
        if (Headings is null)
            return;
        Require(Headings.Count > 0, nameof(Headings), Headings.Count, "null or not empty");
        foreach (string heading in Headings)
            Require(ChestPhantom.Headings.Contains(heading), nameof(Headings), heading, "among " + string.Join(", ", ChestPhantom.Headings));
    }

    internal static void Require(bool holds, string option, object? value, string expected)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(option, value, ErrorCode.OptionOutOfRange.Message($"The option {option} must be {expected}."));
    }
}
