using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>
/// What a list of annotations holds and which labels come of it: the figures of sections 1.1 to 1.9 and 4.1 to 4.4 of the paper's specification,
/// computed from any list. <see cref="Of"/> makes it. What is null is not defined for the list or its protocol.
/// </summary>
/// <example><code>
/// MiningReport report = MiningReport.Of("openi.mesh", new MineLabelsOptions { Protocol = MiningProtocol.Paper });
/// foreach (MinedLabelReport label in report.Labels)
///     Console.WriteLine($"{label.Name}: {label.Total} images");
/// </code></example>
public sealed record MiningReport
{
    /// <value>The protocol by which the labels were mined.</value>
    public required MiningProtocol Protocol { get; init; }

    /// <value>A label has more images than this.</value>
    public required int MinimumCases { get; init; }

    /// <value>Images with a usable annotation.</value>
    public required int Images { get; init; }

    /// <value>Distinct top terms; under the strict protocol, distinct headings of the full terms.</value>
    [JsonPropertyName("topTermCount")]
    public required int TopTerms { get; init; }

    /// <value>Distinct sets of terms.</value>
    [JsonPropertyName("patternCount")]
    public required int Patterns { get; init; }

    /// <value>The labels, most frequent first.</value>
    public required IReadOnlyList<MinedLabelReport> Labels { get; init; }

    /// <value>Train, validation and test images over all labels.</value>
    [JsonPropertyName("labelImages")]
    public required PartSizes LabelParts { get; init; }

    /// <value>Train, validation and test images over all patterns that the paper's program split (10 images or more); null under the strict
    /// protocol.</value>
    [JsonPropertyName("splitImages")]
    public PartSizes? SplitParts { get; init; }

    /// <value>Figures of the collection.</value>
    public required CollectionReport Collection { get; init; }

    /// <value>The most frequent terms (Table 1 of the paper).</value>
    public required IReadOnlyList<TermReport> Terms { get; init; }

    /// <value>Lengths of the captions of the labelled images with findings, all parts.</value>
    public required CaptionReport Captions { get; init; }

    /// <value>Words that a decoder sees in training. By the paper's rule: words of the training and validation captions of 5 words or fewer, and the
    /// padding word.</value>
    [JsonPropertyName("vocabularyCount")]
    public required int Vocabulary { get; init; }

    /// <value>Studies on two sides of the split of the labelled images.</value>
    public required StudyOverlap StudyOverlap { get; init; }

    /// <value>The lists that the paper's networks were trained from; null under the strict protocol.</value>
    public PaperReport? Paper { get; init; }

    /// <value>Lines of the list that were not used because they lack an image, a term, or (paper) a top term.</value>
    [JsonPropertyName("skippedLineCount")]
    public required int SkippedLines { get; init; }

    /// <value>The problems in the files, by file and line.</value>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Reads an annotation list and reports what it holds.</summary>
    /// <param name="path">
    /// The list: one image per line, its path and its MeSH terms separated by '|'. The list of top terms, which the paper's protocol needs, is the
    /// file of that name with <c>.top</c> added.
    /// </param>
    /// <param name="options">The protocol and its numbers; columns are of no account. Null takes the default values.</param>
    /// <exception cref="FileNotFoundException">There is no list, or, for the paper's protocol, no list of top terms.</exception>
    /// <exception cref="InvalidDataException">A file is not text.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static MiningReport Of(string path, MineLabelsOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return MiningReportBuilder.Build(OpenIAnnotationList.Read(path), options ?? new());
    }
}

/// <summary>Images in the parts of a split.</summary>
/// <param name="Train">Training images.</param>
/// <param name="Validation">Validation images.</param>
/// <param name="Test">Test images.</param>
public sealed record PartSizes(int Train, int Validation, int Test);

/// <summary>One label.</summary>
public sealed record MinedLabelReport
{
    /// <value>The name: a normalised term, or several in ordinal order joined by <c>+</c>.</value>
    [JsonPropertyName("label")]
    public required string Name { get; init; }

    /// <value>The place of its pattern in the order of first appearance, from 0; of its term if rare patterns get the label of a term.</value>
    public required int Index { get; init; }

    /// <value>Images.</value>
    [JsonPropertyName("images")]
    public required int Total { get; init; }

    /// <value>Training images.</value>
    [JsonPropertyName("trainImages")]
    public required int Train { get; init; }

    /// <value>Validation images.</value>
    [JsonPropertyName("validationImages")]
    public required int Validation { get; init; }

    /// <value>Test images.</value>
    [JsonPropertyName("testImages")]
    public required int Test { get; init; }

    /// <value>Studies.</value>
    public required int Studies { get; init; }

    /// <value>How often each training image occurs in the paper's balanced list ("sa"); null under the strict protocol.</value>
    public int? BalancedCopies { get; init; }

    /// <value>How often each training image occurs in the paper's equalised list ("saa"); null under the strict protocol.</value>
    public int? EqualisedCopies { get; init; }

    /// <value>Distinct captions of the training images.</value>
    [JsonPropertyName("trainCaptionCount")]
    public required int TrainCaptions { get; init; }

    /// <value>The most frequent of them, the first in case of ties; empty if there is no training image.</value>
    public required string CommonestCaption { get; init; }

    /// <value>Training images with that caption.</value>
    [JsonPropertyName("commonestCaptionTrainImages")]
    public required int CommonestCaptionTrain { get; init; }
}

/// <summary>Figures of the whole list.</summary>
public sealed record CollectionReport
{
    /// <value>Studies.</value>
    public required int Studies { get; init; }

    /// <value>Images without a finding.</value>
    public required int NormalImages { get; init; }

    /// <value>Studies of those.</value>
    public required int NormalStudies { get; init; }

    /// <value>Images with a finding.</value>
    public required int AbnormalImages { get; init; }

    /// <value>Images with exactly one term, a finding.</value>
    public required int SingleTermAbnormalImages { get; init; }

    /// <value>Mean number of distinct terms of the images with a finding; null if there are none.</value>
    [JsonPropertyName("meanTermCount")]
    public required double? MeanTerms { get; init; }

    /// <value>Most distinct terms of an image.</value>
    [JsonPropertyName("maximumTermCount")]
    public required int MaximumTerms { get; init; }

    /// <value>Patterns of one image only.</value>
    [JsonPropertyName("singleImagePatternCount")]
    public required int PatternsOnce { get; init; }

    /// <value>Patterns of 10 images or more, which the paper's program split.</value>
    [JsonPropertyName("splitPatternCount")]
    public required int PatternsSplit { get; init; }

    /// <value>Images of those.</value>
    [JsonPropertyName("splitPatternImages")]
    public required int ImagesSplit { get; init; }
}

/// <summary>A row of Table 1: a term, the images that have it, and how many of those have another term of the table too.</summary>
/// <param name="Term">The term.</param>
/// <param name="Total">Images that have it.</param>
/// <param name="Overlap">Those of them that have another term of the table too.</param>
/// <param name="Percent">The overlap in percent of the images, 0 to 100.</param>
public sealed record TermReport(
    string Term,
    [property: JsonPropertyName("images")] int Total,
    [property: JsonPropertyName("overlapImages")] int Overlap,
    [property: JsonIgnore] double Percent
);

/// <summary>Caption lengths in words.</summary>
public sealed record CaptionReport
{
    /// <value>Captions counted.</value>
    public required int Count { get; init; }

    /// <value>The shortest; 0 if there is none.</value>
    [JsonPropertyName("minimumWordCount")]
    public required int Minimum { get; init; }

    /// <value>The longest; 0 if there is none.</value>
    [JsonPropertyName("maximumWordCount")]
    public required int Maximum { get; init; }

    /// <value>The mean; null if there is no caption.</value>
    [JsonPropertyName("meanWordCount")]
    public required double? Mean { get; init; }

    /// <value>The standard deviation of the population; null if there is no caption.</value>
    public required double? StandardDeviation { get; init; }

    /// <value>Captions of 1, 2, ... words.</value>
    public required IReadOnlyList<int> Histogram { get; init; }

    /// <summary>Counts lengths.</summary>
    internal static CaptionReport Of(IReadOnlyCollection<int> lengths)
    {
        int[] histogram = new int[lengths.Count == 0 ? 0 : lengths.Max()];
        foreach (int length in lengths)
            histogram[length - 1]++;
        double mean = lengths.Count == 0 ? 0 : lengths.Average();
        return new CaptionReport
        {
            Count = lengths.Count,
            Minimum = lengths.Count == 0 ? 0 : lengths.Min(),
            Maximum = histogram.Length,
            Mean = lengths.Count == 0 ? null : mean,
            StandardDeviation = lengths.Count == 0 ? null : Math.Sqrt(lengths.Average(length => (length - mean) * (length - mean))),
            Histogram = histogram,
        };
    }
}

/// <summary>The lists that the paper's program wrote for its networks, of the labels and of the second iteration.</summary>
public sealed record PaperReport
{
    /// <value>Of the labels.</value>
    public required TrainingLists FirstIteration { get; init; }

    /// <value>Of all patterns of more than 10 images.</value>
    public required SecondIterationReport SecondIteration { get; init; }

    /// <value>The labels that the second iteration's clustering gives.</value>
    public required ClusteringReport Clustering { get; init; }

    /// <value>Studies on two sides of the split of all patterns of 10 images or more.</value>
    public required StudyOverlap SplitPatternsOverlap { get; init; }
}

/// <summary>The second iteration's patterns and lists.</summary>
public sealed record SecondIterationReport
{
    /// <value>Patterns of more than 10 images.</value>
    [JsonPropertyName("patternCount")]
    public required int Patterns { get; init; }

    /// <value>Their images by part.</value>
    [JsonPropertyName("images")]
    public required PartSizes Parts { get; init; }

    /// <value>Lengths of their captions without the normal ones.</value>
    public required CaptionReport Captions { get; init; }

    /// <value>Words of their training and validation captions of 5 words or fewer, and the padding word.</value>
    [JsonPropertyName("vocabularyCount")]
    public required int Vocabulary { get; init; }

    /// <value>Their lists.</value>
    public required TrainingLists Lists { get; init; }

    /// <value>Studies on two sides of their split.</value>
    public required StudyOverlap StudyOverlap { get; init; }
}

/// <summary>Sizes of the paper's lists. "Short" ones are without captions of more than 5 words.</summary>
public sealed record TrainingLists
{
    /// <value>Normals once, every other training image 4 * (largest other label) / (its label) times, rounded half to even ("sa").</value>
    [JsonPropertyName("balancedImages")]
    public required int Balanced { get; init; }

    /// <value>The same with normals thinned out at random ("sp").</value>
    [JsonPropertyName("thinnedImages")]
    public required int Thinned { get; init; }

    /// <value>Normals kept in that.</value>
    [JsonPropertyName("normalImagesKeptCount")]
    public required int NormalsKept { get; init; }

    /// <value>Every training image floor((largest label) / (its label)) times ("saa").</value>
    [JsonPropertyName("equalisedImages")]
    public required int Equalised { get; init; }

    /// <value>The balanced list without long captions.</value>
    [JsonPropertyName("balancedShortImages")]
    public required int BalancedShort { get; init; }

    /// <value>The thinned list without long captions, thinned by the generator's next numbers.</value>
    [JsonPropertyName("thinnedShortImages")]
    public required int ThinnedShort { get; init; }

    /// <value>Normals kept in that.</value>
    [JsonPropertyName("normalImagesKeptShortCount")]
    public required int NormalsKeptShort { get; init; }

    /// <value>Validation images without long captions.</value>
    [JsonPropertyName("validationShortImages")]
    public required int ValidationShort { get; init; }

    /// <value>Test images without long captions.</value>
    [JsonPropertyName("testShortImages")]
    public required int TestShort { get; init; }

    /// <value>4 * (largest other label) / (normals): the share of normals that thinning keeps; null without normals.</value>
    public required double? NormalRatio { get; init; }

    /// <value>Largest over smallest label, normals aside; null if there is no other label.</value>
    public required double? LargestToSmallest { get; init; }

    /// <value>Normals over the smallest other label; null if one of them is missing.</value>
    public required double? NormalToSmallest { get; init; }
}

/// <summary>The rule by which the second iteration splits labels into clusters (sections 4.1 to 4.3 of the paper's specification).</summary>
public sealed record ClusteringReport
{
    /// <value>Images with a finding in the training and validation parts of the patterns of 10 images or more.</value>
    public required int Images { get; init; }

    /// <value>Rows that the program counted: two passes over the images in whole batches of 10.</value>
    public required int CountedRows { get; init; }

    /// <value>Distinct first words of their captions.</value>
    [JsonPropertyName("firstWordCount")]
    public required int FirstWords { get; init; }

    /// <value>Fewest rows of a first word over two passes.</value>
    [JsonPropertyName("minimumRows")]
    public required int Minimum { get; init; }

    /// <value>Most rows of a first word over two passes.</value>
    [JsonPropertyName("maximumRows")]
    public required int Maximum { get; init; }

    /// <value>Counted rows over first words; null without any.</value>
    [JsonPropertyName("meanRows")]
    public required double? Mean { get; init; }

    /// <value>Standard deviation of the population of the rows over two passes; null without any.</value>
    public required double? StandardDeviation { get; init; }

    /// <value>Mean and deviation together, rounded: first words of fewer rows stay whole.</value>
    [JsonPropertyName("thresholdRows")]
    public required int Threshold { get; init; }

    /// <value>The labels by the program's rule: rows counted twice, k = floor(rows / 50).</value>
    [JsonPropertyName("labelCount")]
    public required int Labels { get; init; }

    /// <value>The threshold on images counted once.</value>
    [JsonPropertyName("singleThresholdImages")]
    public required int SingleThreshold { get; init; }

    /// <value>The labels by the equivalent rule: images counted once, k = floor(images / 25).</value>
    [JsonPropertyName("labelCountBySingleCount")]
    public required int LabelsBySingleCount { get; init; }

    /// <value>The first words, most frequent first.</value>
    public required IReadOnlyList<ClusteredLabel> Words { get; init; }
}

/// <summary>A first word, its images, and the labels that it is split into.</summary>
/// <param name="Name">The word.</param>
/// <param name="Images">Images whose caption begins with it.</param>
/// <param name="Clusters">Labels that it is split into.</param>
public sealed record ClusteredLabel(
    [property: JsonPropertyName("word")] string Name,
    int Images,
    [property: JsonPropertyName("clusterCount")] int Clusters
);
