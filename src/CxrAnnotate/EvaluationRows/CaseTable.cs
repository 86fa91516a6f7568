using System.Globalization;

namespace CxrAnnotate;

/// <summary>
/// What a model read in each row of an evaluation, beside the truth: a table (CSV) by which models are compared on the same cases without reading
/// them again. It names no person, path or source: images are known by a hash, and patients are numbered.
/// </summary>
public sealed class CaseTable
{
    private const string Image = "image",
        Patient = "patient",
        Truth = "truth",
        TrueAnnotation = "true_annotation",
        Read = "reading",
        Annotation = "annotation",
        ProbabilityPrefix = "p ";

    /// <summary>After a label whose truth is unknown.</summary>
    private const char Unknown = '?';

    private readonly EvaluationCases _cases;

    private CaseTable(EvaluationCases cases, IReadOnlyList<string> images)
    {
        _cases = cases;
        Images = images;
    }

    /// <summary>What recognizes the image of each case.</summary>
    public IReadOnlyList<string> Images { get; }

    /// <summary>The labels, in the order of the probabilities.</summary>
    public IReadOnlyList<string> Labels => _cases.Labels;

    /// <summary>Whether a case may have several labels.</summary>
    public bool IsMultiLabel => _cases.IsMultiLabel;

    internal EvaluationCases Cases => _cases;

    internal static CaseTable Of(EvaluationCases cases, IReadOnlyList<string> images)
    {
        if (images.Count != cases.Count)
            throw new ArgumentException(
                ErrorCode.CasesDiffer.Message($"There are {images.Count} images for {cases.Count} rows. Give one for each row."),
                nameof(images)
            );
        string[] units = [.. cases.Units.Distinct(StringComparer.Ordinal)];
        Dictionary<string, string> numbers = units
            .Select((unit, i) => (unit, Number: (i + 1).ToString(CultureInfo.InvariantCulture)))
            .ToDictionary(pair => pair.unit, pair => pair.Number, StringComparer.Ordinal);
        return new CaseTable(
            cases with
            {
                Units = [.. cases.Units.Select(unit => numbers[unit])],
                Words = [],
                WordProbabilities = null,
                Sources = null,
                Views = null,
            },
            [.. images.Select((image, i) => image.Length > 0 ? image : FormattableString.Invariant($"row {i + 1}"))]
        );
    }

    /// <summary>Writes the table atomically.</summary>
    /// <param name="path">The file. Columns: <c>image</c>, <c>patient</c> (a number), <c>truth</c> (labels with <c>|</c> between them, <c>?</c>
    /// after one that is unknown), <c>true_annotation</c> and <c>annotation</c> (words), <c>reading</c> (labels), and the probability of each label
    /// under <c>p LABEL</c>.</param>
    /// <exception cref="IOException">The file could not be written; an existing one is unchanged.</exception>
    public void Write(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        CsvFile.Write(
            path,
            [Image, Patient, Truth, TrueAnnotation, Read, Annotation, .. Labels.Select(label => ProbabilityPrefix + label)],
            Enumerable
                .Range(0, _cases.Count)
                .Select(i =>
                    (string[])
                        [
                            Images[i],
                            _cases.Units[i],
                            Names(_cases.Truth[i]),
                            _cases.Captions[i],
                            Names(_cases.Decisions[i]),
                            _cases.Emitted?[i] ?? "",
                            .. _cases.Scores[i].Select(score => score.ToString("R", CultureInfo.InvariantCulture)),
                        ]
                )
        );

        string Names(float[] row) =>
            string.Join(
                '|',
                Labels.Zip(row).Where(label => label.Second != 0).Select(label => float.IsNaN(label.Second) ? label.First + Unknown : label.First)
            );
    }

    /// <summary>The cases of a table that <see cref="Write"/> wrote.</summary>
    /// <param name="table">The table.</param>
    /// <param name="path">Its file.</param>
    /// <param name="isMultiLabel">Whether a case may have several labels.</param>
    /// <param name="normalLabel">The label of a case without findings.</param>
    /// <exception cref="InvalidDataException">It is not such a table.</exception>
    internal static CaseTable Of(CsvTable table, string path, bool isMultiLabel, string normalLabel)
    {
        int image = table.Require(Image),
            patient = table.Require(Patient),
            truth = table.Require(Truth),
            caption = table.Require(TrueAnnotation),
            reading = table.Require(Read),
            annotation = table.Require(Annotation);
        int[] scores =
        [
            .. Enumerable.Range(0, table.Header.Count).Where(i => table.Header[i].StartsWith(ProbabilityPrefix, StringComparison.Ordinal)),
        ];
        string[] labels = [.. scores.Select(i => table.Header[i][ProbabilityPrefix.Length..])];
        if (labels.Length == 0 || table.Rows.Count == 0)
            throw new InvalidDataException(
                ErrorCode.TableHeader.Message($"'{path}' has no readings: expected rows, and columns '{ProbabilityPrefix}LABEL' of probabilities.")
            );
        return new CaseTable(
            new EvaluationCases
            {
                Scheme = isMultiLabel ? LabelScheme.Independent : LabelScheme.Exclusive,
                Labels = labels,
                Truth = [.. table.Rows.Select(row => Row(CsvFile.Text(row[truth])))],
                Decisions = [.. table.Rows.Select(row => Row(CsvFile.Text(row[reading])))],
                Scores = [.. table.Rows.Select(row => scores.Select(i => Probability(row, i)).ToArray())],
                Captions = [.. table.Rows.Select(row => CsvFile.Text(row[caption]))],
                Emitted = [.. table.Rows.Select(row => CsvFile.Text(row[annotation]))],
                Units = [.. table.Rows.Select(row => row[patient])],
                NormalLabel = normalLabel,
            },
            [.. table.Rows.Select(row => row[image])]
        );

        float[] Row(string text)
        {
            HashSet<string> names = [.. text.Split('|', StringSplitOptions.RemoveEmptyEntries)];
            return [.. labels.Select(label => names.Contains(label) ? 1 : names.Contains(label + Unknown) ? float.NaN : 0f)];
        }

        double Probability(CsvLine row, int column) =>
            double.TryParse(row[column], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
                ? value
                : throw new InvalidDataException(
                    ErrorCode.EvaluationUnreadable.Message(
                        $"'{path}', line {row.Line}: '{row[column]}' is no probability of '{table.Header[column]}'."
                    )
                );
    }

    /// <summary>The figures of the model on these cases, with intervals by the bootstrap over patients.</summary>
    /// <param name="options">Resamples, seed and metrics; null uses the defaults.</param>
    public AnnotationReport Evaluate(EvaluateOptions? options = null)
    {
        options ??= new EvaluateOptions();
        options.Check();
        return Evaluation.Report(_cases, new TrivialBaselines(null), options.Resamples, options.Seed, options.AllMetrics, options.CancellationToken);
    }

    /// <summary>The figures of another model minus those of this one on the cases that both have read, by the paired bootstrap over
    /// patients.</summary>
    /// <param name="other">The other model's cases.</param>
    /// <param name="options">Resamples, seed and metrics; null uses the defaults.</param>
    /// <returns>The comparison, and the number of cases of either table that the other does not have.</returns>
    /// <exception cref="InvalidOperationException">They have no case in common; or the truth of a case, the task, or, if multi-label, the labels
    /// differ.</exception>
    public (AnnotationComparison Comparison, int Unpaired) Compare(CaseTable other, EvaluateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(other);
        options ??= new EvaluateOptions();
        options.Check();
        Dictionary<string, Queue<int>> places = other
            .Images.Select((image, i) => (image, i))
            .GroupBy(pair => pair.image, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => new Queue<int>(group.Select(pair => pair.i)), StringComparer.Ordinal);
        (int Here, int There)[] both =
        [
            .. Enumerable
                .Range(0, Images.Count)
                .Where(i => places.TryGetValue(Images[i], out Queue<int>? left) && left.Count > 0)
                .Select(i => (i, places[Images[i]].Dequeue())),
        ];
        if (both.Length == 0)
            throw new InvalidOperationException(
                ErrorCode.CasesDiffer.Message("The two tables have no image in common. Compare models that have read the same radiographs.")
            );
        EvaluationCases first = _cases.Of([.. both.Select(pair => pair.Here)]),
            second = other._cases.Of([.. both.Select(pair => pair.There)]) with { Units = first.Units };
        return (
            Evaluation.Compare(first, second, options.Resamples, options.Seed, options.AllMetrics, options.CancellationToken),
            Images.Count + other.Images.Count - (2 * both.Length)
        );
    }
}
