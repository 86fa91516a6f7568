using System.Globalization;
namespace CxrAnnotate;

/// <summary>Statistics of the images that a model was trained on, stored with the model, to warn of images that differ.</summary>
internal sealed record TrainedImages
{
    /// <summary>With fewer images no range is stored: a single unusual image would determine its end.</summary>
    internal const int FewestForRange = 50;

    /// <summary>
    /// The range covers all images but one in 200 at each end, extended at each end by a quarter of its distance from the median. One in 300 real
    /// radiographs outside the training set is outside the range, and so are all that are four times too dark (docs/inputs.md).
    /// </summary>
    private const double Outliers = 0.005,
        Margin = 0.25;

    /// <summary>The share of images up to which a view, or a polarity (inverted or not), counts as unknown to the model.</summary>
    private const double Rare = 0.05;

    /// <summary>The number of images.</summary>
    public required int Count { get; init; }

    /// <summary>The share of them that looks inverted, 0 to 1.</summary>
    public required double Inverted { get; init; }

    /// <summary>The range of usual means: the lowest and the highest; null if there were too few images.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>The range of usual standard deviations.</summary>
    public IReadOnlyList<double>? Deviation { get; init; }

    /// <summary>The number of images declared as frontal views.</summary>
    public int Frontal { get; init; }

    /// <summary>The number of images declared as lateral views.</summary>
    public int Lateral { get; init; }

    /// <summary>Whether values read from a file are plausible.</summary>
    internal bool IsSound =>
        Count > 0
        && Inverted is >= 0 and <= 1
        && IsRange(Mean)
        && IsRange(Deviation)
        && Frontal >= 0
        && Lateral >= 0
        && Frontal + (long)Lateral <= Count;

    /// <summary>Whether the model was trained on frontal views only, or nearly so.</summary>
    internal bool IsFrontalOnly => Frontal > 0 && Lateral <= Rare * (Frontal + Lateral);

    /// <param name="images">Each image's statistics, one or more.</param>
    /// <param name="views">Each image's view as its source names it; null if no view is known.</param>
    internal static TrainedImages Of(IReadOnlyList<GreyStatistics> images, IReadOnlyList<string>? views) =>
        new()
        {
            Count = images.Count,
            Inverted = images.Count(i => i.LooksInverted) / (double)images.Count,
            Mean = images.Count < FewestForRange ? null : Range([.. images.Select(i => i.Mean).Order()]),
            Deviation = images.Count < FewestForRange ? null : Range([.. images.Select(i => i.Deviation).Order()]),
            Frontal = views?.Count(RadiographView.IsFrontal) ?? 0,
            Lateral = views?.Count(RadiographView.IsLateral) ?? 0,
        };

    /// <summary>The view that a file declares, if it matters; otherwise empty.</summary>
    internal string ViewOf(RadiographFile file) => IsFrontalOnly ? RadiographView.Of(file) : "";

    /// <summary>How an image differs from the training images.</summary>
    /// <param name="image">The image, in the form that the network expects.</param>
    /// <param name="view">Its view as its source names it; empty if unknown.</param>
    internal IReadOnlyList<InputWarning> Compare(GreyStatistics image, string view)
    {
        var warnings = new List<InputWarning>();
        bool unusual = Mean is [var darkest, var brightest] && !(image.Mean >= darkest && image.Mean <= brightest);
        bool flat = Deviation is [var least, var most] && !(image.Deviation >= least && image.Deviation <= most);
        if (unusual || flat)
        {
            string what = unusual
                ? string.Create(CultureInfo.InvariantCulture,
                    $"its mean grey is {image.Mean:F2}, outside the range of the training images from {Bound(Mean![0]):F2} to "
                        + $"{Bound(Mean[1]):F2}"
                )
                : string.Create(CultureInfo.InvariantCulture,
                    $"the standard deviation of its grey values is {image.Deviation:F2}, outside the range of the training images "
                        + $"from {Bound(Deviation![0]):F2} to {Bound(Deviation[1]):F2}"
                );
            warnings.Add(
                new(
                    InputWarningKind.UnusualRange,
                    $"The grey values are unusual: {what}. Check whether the file is empty, of another kind, or uses fewer bits than it declares; a "
                        + $"model trained with ValueRange.BitsUsed or ValueRange.Percentiles reads such files."
                )
            );
        }

        if (image.LooksInverted ? Inverted <= Rare : Inverted >= 1 - Rare)
        {
            warnings.Add(
                new(
                    InputWarningKind.LooksInverted,
                    image.LooksInverted
                        ? "It looks inverted: its margins are brighter than the middle of the chest. Invert it; a model trained with "
                            + "PhotometricHandling.Automatic does this itself."
                        : "It does not look inverted, but the training images do. Invert it, or train with "
                            + "PhotometricHandling.Automatic."
                )
            );
        }

        if (IsFrontalOnly && RadiographView.IsLateral(view))
            warnings.Add(
                new(
                    InputWarningKind.LateralView,
                    $"It is a lateral view ({view}), and the model was trained on frontal views only. Leave out lateral views."
                )
            );
        return warnings;
    }

    private static bool IsRange(IReadOnlyList<double>? range) => range is null || (range is [>= -1 and var low, <= 2 and var high] && low <= high);

    private static double[] Range(double[] ascending)
    {
        double low = Statistic.Quantile(ascending, Outliers),
            middle = Statistic.Quantile(ascending, 0.5),
            high = Statistic.Quantile(ascending, 1 - Outliers);
        return [low - (Margin * (middle - low)), high + (Margin * (high - middle))];
    }

    private static double Bound(double value) => Math.Clamp(value, 0, 1);
}
