using System.Globalization;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Results;

/// <summary>
/// How far a cascade's readings can be relied on. It is trained on 70 % of the patients; the other 30 % are divided at random many times: one half is
/// what calibration, conformal sets and the bound of unlike images are fitted to, and the figures are those of the other half.
/// </summary>
internal sealed class TrustMeasurement
{
    private const double Held = 0.3;

    private static readonly double[] _coverages = [0.8, 0.9, 0.95];

    private readonly MLContext _context;
    private readonly int _splits;
    private readonly int _seed;

    internal TrustMeasurement(MLContext context, int splits, int seed) => (_context, _splits, _seed) = (context, splits, seed);

    /// <summary>Trains on a part of the rows and measures on the others.</summary>
    /// <param name="name">The name of the set.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="group">The column of what stays together: patients, or studies.</param>
    /// <param name="options">What to train; it has no validation rows.</param>
    /// <param name="others">Files of other kinds, with what they show.</param>
    /// <returns>Tables in Markdown.</returns>
    internal string Of(
        string name,
        IDataView rows,
        string group,
        RecurrentCascadeOptions options,
        IReadOnlyList<(string Kind, string[] Files)> others
    )
    {
        ChestXrayCatalog cxr = _context.ChestXray();
        StudySplit split = cxr.Data.SplitByStudy(rows, validation: Held, test: 0, group, seed: _seed);
        using RecurrentCascadeTransformer cascade = cxr.RecurrentCascade(
            options with { ValidationFraction = 0, ValidationData = null, Seed = _seed }
        ).Fit(split.Train);
        CascadeModel model = cascade.Model;
        IDataView read = cascade.Transform(split.Validation);
        var reader = new ColumnReader(read);
        SingleVectorColumn score = reader.Vector("Score"),
            feature = reader.Vector("Features"),
            image = reader.Vector("Image");
        LabelColumn label = reader.Label("Label"),
            decided = reader.Label(LabelShape.Of(model.Scheme).Declare("PredictedLabel", "PredictedLabels").Name);
        TextColumn unit = reader.Text(group);
        reader.Read();
        int[] sound =
        [
            .. Enumerable
                .Range(0, reader.RowCount)
                .Where(i => Array.TrueForAll(score.Values[i], float.IsFinite) && Array.Exists(label.Truth[i], value => !float.IsNaN(value))),
        ];
        int[] places = [.. cascade.Labels.Select(one => Array.IndexOf(label.Names, one))];
        var cases = new HeldCases(
            model.Scheme,
            [.. cascade.Labels],
            [.. sound.Select(i => score.Values[i])],
            [.. sound.Select(i => model.Scheme.Arrange(label.Truth[i], places))],
            [.. sound.Select(i => decided.Truth[i])],
            [.. sound.Select(i => feature.Values[i])],
            [.. sound.Select(i => image.Values[i])],
            [.. sound.Select((i, at) => unit.Values[i].Length > 0 ? unit.Values[i] : $"row {at}")]
        );
        float[][] trained = [.. cascade.Transform(split.Train).GetColumn<float[]>("Features").Where(row => Array.TrueForAll(row, float.IsFinite))];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"## {name}: {trained.Length} images trained on, {cases.Count} held out\n\n");
        Splits(text, cases);
        Selective(text, cases);
        // Of phantoms, which are drawn, nothing is loaded in training.
        (int height, int width) = (model.Classifier.Configuration.Height, model.Classifier.Configuration.Width);
        Unlike(text, cases, model, trained, cascade.Loading.Format with { Height = height, Width = width }, others);
        return text.ToString();
    }

    /// <summary>Coverage of sets, and reliability before and after calibration, over random halves of the units.</summary>
    private void Splits(StringBuilder text, HeldCases cases)
    {
        bool exclusive = cases.Scheme == LabelScheme.Exclusive;
        var ece = new List<(double Before, double After)>();
        var brier = new List<(double Before, double After)>();
        var covered = _coverages.Select(_ => new List<double>()).ToArray();
        var sizes = _coverages.Select(_ => new List<double>()).ToArray();
        var below = new int[_coverages.Length];
        var ofLabel = cases.Labels.Select(_ => new List<double>()).ToArray();
        int[] present = [.. cases.Labels.Select((_, k) => cases.Truth.Count(truth => truth[k] == 1))];
        for (int s = 0; s < _splits; s++)
        {
            var (fit, test) = cases.Halves(Seeds.At(_seed, 1, s));
            float[][] raw = HeldCases.Pick(cases.Scores, test),
                truth = HeldCases.Pick(cases.Truth, test);
            ProbabilityCalibration? calibration = ProbabilityCalibration.Fit(
                cases.Scheme,
                HeldCases.Pick(cases.Scores, fit),
                HeldCases.Pick(cases.Truth, fit)
            );
            float[][] Calibrated(float[][] of) => calibration is null ? of : [.. of.Select(p => calibration.Apply(p))];
            float[][] after = Calibrated(raw);
            ece.Add((Ece(raw, truth, exclusive), Ece(after, truth, exclusive)));
            brier.Add((Brier(raw, truth, exclusive), Brier(after, truth, exclusive)));
            ConformalThresholds sets = ConformalThresholds.Fit(
                cases.Scheme,
                Calibrated(HeldCases.Pick(cases.Scores, fit)),
                HeldCases.Pick(cases.Truth, fit)
            )!;
            for (int c = 0; c < _coverages.Length; c++)
            {
                int all = 0,
                    held = 0,
                    size = 0;
                var own = new (int Held, int All)[cases.Labels.Length];
                for (int i = 0; i < test.Length; i++)
                {
                    bool[] possible = sets.Possible(after[i], _coverages[c]);
                    size += possible.Count(one => one);
                    for (int k = 0; k < possible.Length; k++)
                    {
                        if (truth[i][k] != 1)
                            continue;
                        all++;
                        held += possible[k] ? 1 : 0;
                        own[k] = (own[k].Held + (possible[k] ? 1 : 0), own[k].All + 1);
                    }
                }

                covered[c].Add((double)held / all);
                sizes[c].Add((double)size / test.Length);
                // Below the interval that a coverage as asked for has by chance alone, on so many cases.
                below[c] += held < (all * _coverages[c]) - (1.96 * Math.Sqrt(all * _coverages[c] * (1 - _coverages[c]))) ? 1 : 0;
                for (int k = 0; _coverages[c] == 0.9 && k < own.Length; k++)
                {
                    if (own[k].All >= 10 && present[k] >= 2 * ConformalThresholds.FewestCases)
                        ofLabel[k].Add((double)own[k].Held / own[k].All);
                }
            }
        }

        text.Append("| probabilities | before | after | difference |\n| --- | --- | --- | --- |\n");
        Row("ECE", ece);
        Row("Brier", brier);
        text.Append(CultureInfo.InvariantCulture, $"\n| coverage asked for | mean of {_splits} splits |");
        text.Append(" below its binomial bound | labels in a set |\n| --- | --- | --- | --- |\n");
        for (int c = 0; c < _coverages.Length; c++)
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {_coverages[c]:P0} | {Range(covered[c])} | {(double)below[c] / _splits:P1} of splits "
                    + $"| {sizes[c].Average():F2} of {cases.Labels.Length} |\n"
            );
        text.Append("\n| label, at 90 % | held-out images | coverage |\n| --- | --- | --- |\n");
        for (int k = 0; k < ofLabel.Length; k++)
        {
            if (ofLabel[k].Count > 0)
                text.Append(CultureInfo.InvariantCulture, $"| {cases.Labels[k]} | {present[k]} | {Range(ofLabel[k])} |\n");
        }

        text.Append('\n');

        void Row(string what, List<(double Before, double After)> of) =>
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {what} | {Range(of.Select(one => one.Before))} | {Range(of.Select(one => one.After))} "
                    + $"| {Range(of.Select(one => one.After - one.Before))} |\n"
            );
    }

    /// <summary>
    /// The expected calibration error with the 15 bins of Guo et al.: of exclusive labels that of the most probable label, of independent findings
    /// that of all pairs of image and finding.
    /// </summary>
    private static double Ece(float[][] probabilities, float[][] truth, bool exclusive)
    {
        (double Score, bool Positive)[] questions =
        [
            .. probabilities
                .Zip(truth)
                .SelectMany(pair =>
                    exclusive
                        ? [Array.IndexOf(pair.First, pair.First.Max())]
                        : Enumerable.Range(0, pair.Second.Length).Where(k => !float.IsNaN(pair.Second[k])).ToArray(),
                    (pair, k) => ((double)pair.First[k], pair.Second[k] == 1)
                ),
        ];
        return ReliabilityDiagram
            .Of(new([.. questions.Select(one => one.Score)], [.. questions.Select(one => one.Positive)]), bins: 15, resamples: 0)
            .Ece.Value;
    }

    /// <summary>The Brier score: the squared errors of an image's exclusive labels, summed (0 to 2), or that of a finding (0 to 1).</summary>
    private static double Brier(float[][] probabilities, float[][] truth, bool exclusive)
    {
        double[] errors =
        [
            .. probabilities
                .Zip(truth)
                .SelectMany(pair => pair.First.Zip(pair.Second))
                .Where(pair => !float.IsNaN(pair.Second))
                .Select(pair => Math.Pow(pair.First - pair.Second, 2)),
        ];
        return errors.Sum() / (exclusive ? truth.Length : errors.Length);
    }

    /// <summary>Risk and coverage. The confidence in a case is the probability of what was decided.</summary>
    private void Selective(StringBuilder text, HeldCases cases)
    {
        double[] confidence =
        [
            .. cases.Scores.Select(
                (scores, i) =>
                    cases.Scheme == LabelScheme.Exclusive
                        ? scores.Max()
                        : scores.Select((p, k) => cases.Decisions[i][k] == 1 ? p : 1.0 - p).Aggregate(1.0, (all, p) => all * p)
            ),
        ];
        bool[] right =
        [
            .. cases.Truth.Select((truth, i) => !truth.Where((value, k) => !float.IsNaN(value) && value != cases.Decisions[i][k]).Any()),
        ];
        RiskCoverageCurve Curve(IEnumerable<int> of) => RiskCoverageCurve.Of([.. of.Select(i => confidence[i])], [.. of.Select(i => right[i])]);
        double AtHalf(RiskCoverageCurve curve) => curve.Points.Last(point => point.Coverage <= 0.5 || point == curve.Points[0]).Risk;
        Estimate[] figures = Intervals.Bootstrap(
            cases.Units,
            4,
            (weights, values) =>
            {
                int[] drawn = new int[weights.Length];
                weights.CopyTo(drawn);
                RiskCoverageCurve curve = Curve([.. Enumerable.Range(0, drawn.Length).SelectMany(i => Enumerable.Repeat(i, drawn[i]))]);
                (values[0], values[1], values[2], values[3]) = (curve.Area, curve.RandomArea, curve.IdealArea, AtHalf(curve));
            },
            500,
            _seed
        );
        text.Append("| AURC | of a random order (the error of all cases) | of the ideal order | error of the surest half |\n");
        text.Append("| --- | --- | --- | --- |\n");
        text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", figures.Select(Text))} |\n\n");
    }

    /// <summary>AUROC of unlike images against held-out ones, by the distance of features and by the entropy of the probabilities.</summary>
    private void Unlike(
        StringBuilder text,
        HeldCases cases,
        CascadeModel model,
        float[][] trained,
        RadiographFormat format,
        IReadOnlyList<(string Kind, string[] Files)> others
    )
    {
        var (fit, test) = cases.Halves(Seeds.At(_seed, 2, 0));
        if (FeatureDistance.Fit(trained, HeldCases.Pick(cases.Features, fit)) is not { } distance)
            return;
        int height = model.Classifier.Configuration.Height,
            width = model.Classifier.Configuration.Width;
        (double Distance, double Entropy)[] usual = [.. test.Select(i => Scored(cases.Features[i], cases.Scores[i]))];
        text.Append(CultureInfo.InvariantCulture, $"| unlike images, against {test.Length} held-out ones | images | AUROC, distance of features |");
        text.Append(" AUROC, entropy of Score | above 1 |\n| --- | --- | --- | --- | --- |\n");
        double alarms = usual.Count(one => one.Distance > 1) / (double)test.Length;
        text.Append(CultureInfo.InvariantCulture, $"| (held-out ones) | {test.Length} | | | {alarms:P1} |\n");
        foreach (var (name, spoil) in UnlikeImages.OfRadiographs)
            Row(name, [.. test.Select(i => spoil(cases.Images[i], height, width, Seeds.At(_seed, 3, i)))], HeldCases.Pick(cases.Units, test));
        Row("photographs, drawn", [.. Enumerable.Range(0, 200).Select(i => UnlikeImages.Photograph(height, width, Seeds.At(_seed, 4, i)))], null);
        Row("lateral phantoms", Laterals(height, width), null);
        foreach (var (kind, files) in others)
        {
            var images = new List<float[]>();
            foreach (string file in files)
            {
                try
                {
                    images.Add(RadiographReader.Read(file, format with { Dicom = format.Dicom with { AcceptAnyModality = true } }));
                }
                catch (InvalidDataException)
                {
                    // What cannot be read is none of the images.
                }
            }

            if (images.Count > 0)
                Row(kind, [.. images], null);
        }

        text.Append('\n');

        (double Distance, double Entropy) Scored(float[] features, float[] scores) => (distance.Score(features), model.Scheme.Entropy(scores));

        void Row(string name, float[][] images, string[]? units)
        {
            var unlike = new (double Distance, double Entropy)[images.Length];
            int[] baseOf = BaseLabels.Indices(model.Classifier.Configuration.Labels);
            foreach (int[] part in Enumerable.Range(0, images.Length).Chunk(16))
            {
                var (features, scores) = model.Classifier.Score(part.Length, (i, pixels) => images[part[i]].CopyTo(pixels));
                for (int i = 0; i < part.Length; i++)
                    unlike[part[i]] = Scored(features[i], model.Scheme.Fold(baseOf, scores[i]));
            }

            Estimate[] areas = Intervals.Bootstrap(
                [.. HeldCases.Pick(cases.Units, test), .. units ?? [.. images.Select((_, i) => $"{name} {i}")]],
                2,
                (weights, values) =>
                {
                    int[] all = [.. Enumerable.Range(0, weights.Length)];
                    bool[] positive = [.. all.Select(i => i >= usual.Length)];
                    values[0] = new Ranking(all, [.. usual.Concat(unlike).Select(one => one.Distance)], positive).Auroc(weights);
                    values[1] = new Ranking(all, [.. usual.Concat(unlike).Select(one => one.Entropy)], positive).Auroc(weights);
                },
                500,
                _seed
            );
            double above = unlike.Count(one => one.Distance > 1) / (double)unlike.Length;
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {images.Length} | {Text(areas[0])} | {Text(areas[1])} | {above:P1} |\n");
        }
    }

    private float[][] Laterals(int height, int width)
    {
        ChestXrayCatalog cxr = _context.ChestXray();
        IDataView phantoms = cxr.Data.CreatePhantom(
            new ChestPhantomOptions { Studies = 100, Size = Math.Min(height, width), Views = PhantomViews.FrontalAndLateral, Seed = _seed + 77 },
            validation: 0,
            test: 0
        );
        string[] views = [.. phantoms.GetColumn<string>("View")];
        float[][] images = [.. phantoms.GetColumn<float[]>("Image")];
        return [.. images.Where((pixels, i) => RadiographView.IsLateral(views[i]) && pixels.Length == height * width)];
    }

    private static string Text(Estimate one) => string.Create(CultureInfo.InvariantCulture, $"{one.Value:F3} ({one.Low:F3} to {one.High:F3})");

    /// <summary>The mean over splits, and the range of 95 % of them.</summary>
    private static string Range(IEnumerable<double> splits)
    {
        double[] ascending = [.. splits.Order()];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{ascending.Average():F3} ({Statistic.Quantile(ascending, 0.025):F3} to {Statistic.Quantile(ascending, 0.975):F3})"
        );
    }
}

/// <summary>What a cascade made of the rows that were held out.</summary>
internal sealed record HeldCases(
    LabelScheme Scheme,
    string[] Labels,
    float[][] Scores,
    float[][] Truth,
    float[][] Decisions,
    float[][] Features,
    float[][] Images,
    string[] Units
)
{
    internal int Count => Truth.Length;

    internal static T[] Pick<T>(T[] of, int[] cases) => [.. cases.Select(i => of[i])];

    /// <summary>Two halves of the units, as cases.</summary>
    internal (int[] Fit, int[] Test) Halves(Random random)
    {
        string[] units = [.. Units.Distinct(StringComparer.Ordinal)];
        random.Shuffle(units);
        HashSet<string> first = [.. units.Take(units.Length / 2)];
        return (
            [.. Enumerable.Range(0, Count).Where(i => first.Contains(Units[i]))],
            [.. Enumerable.Range(0, Count).Where(i => !first.Contains(Units[i]))]
        );
    }
}
