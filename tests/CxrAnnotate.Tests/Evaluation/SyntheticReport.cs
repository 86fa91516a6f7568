namespace CxrAnnotate.Tests;

/// <summary>A report of made-up cases, with images of noise, for tests of pages.</summary>
internal static class SyntheticReport
{
    internal static readonly string[] Labels = ["normal", "nodule#1", "nodule#2", "opacity", "cardiomegaly"];

    private static readonly string[] _base = ["normal", "nodule", "opacity", "cardiomegaly"];

    /// <summary>A page of a model that is right in about two of three cases.</summary>
    /// <param name="cases">The number of cases.</param>
    /// <param name="several">Whether it is multi-label.</param>
    /// <param name="change">Changes the page.</param>
    internal static ReportDocument Of(int cases = 120, bool several = false, Func<ReportPage, ReportPage>? change = null)
    {
        Random random = new(7);
        string[] names = several ? ["nodule", "opacity", "cardiomegaly"] : Labels;
        string[] bases = several ? names : _base;
        List<ReportCase> made = [];
        List<float[]> truths = [],
            decisions = [];
        List<double[]> scores = [];
        for (int i = 0; i < cases; i++)
        {
            int truth = i % bases.Length,
                read = random.NextDouble() < 0.66 ? truth : random.Next(bases.Length);
            double sure = 0.5 + (0.4 * random.NextDouble());
            double[] folded = [.. bases.Select((_, k) => k == read ? sure : (1 - sure) / (bases.Length - 1))];
            // A finding that was split has its probability in two parts.
            double[] raw = several ? folded : [folded[0], folded[1] * 0.25, folded[1] * 0.75, folded[2], folded[3]];
            string side = i % 2 == 0 ? "left" : "right",
                readSide = random.NextDouble() < 0.8 ? side : "left";
            string Tokens(int label, string at) => bases[label] is "nodule" or "opacity" ? $"{bases[label]} lung {at}" : bases[label];
            string Mesh(int label, string at) => Tokens(label, at).Replace(' ', '/');
            byte shade = (byte)(40 + (i * 7 % 160));
            truths.Add([.. bases.Select((_, k) => k == truth ? 1f : 0)]);
            decisions.Add([.. bases.Select((_, k) => k == read ? 1f : 0)]);
            scores.Add(folded);
            made.Add(
                new ReportCase
                {
                    Name = $"Image {i + 1}",
                    Truth = Mesh(truth, side),
                    Read = Mesh(read, readSide),
                    TruthTokens = Tokens(truth, side),
                    ReadTokens = Tokens(read, readSide),
                    Probability = sure * 0.9,
                    Probabilities = raw,
                    TrueLabels = [bases[truth]],
                    NamedLabels = [several || bases[read] != "nodule" ? bases[read] : "nodule#2"],
                    Unit = $"patient {i / 2}",
                    Groups = [i % 3 == 0 ? "AP" : "PA", i % 2 == 0 ? "F" : "M"],
                    Thumbnail = () => Noise(48, shade),
                    Image = i < 40 ? () => Noise(96, shade) : null,
                    HeatMaps =
                        i < 40
                            ?
                            [
                                new HeatMap(bases[read], 4, 4, [.. Enumerable.Range(0, 16).Select(k => k / 15f)]),
                                new HeatMap(readSide, 2, 2, [0, 1, 0, 0.5f]),
                            ]
                            : [],
                }
            );
        }

        EvaluationCases evaluated = new()
        {
            Scheme = several ? LabelScheme.Independent : LabelScheme.Exclusive,
            Labels = bases,
            Truth = [.. truths],
            Decisions = [.. decisions],
            Scores = [.. scores],
            Captions = [.. made.Select(one => one.TruthTokens)],
            Emitted = [.. made.Select(one => one.ReadTokens)],
            Units = [.. made.Select(one => one.Unit)],
            NormalLabel = MeshAnnotation.Normal,
        };
        ReportPage page = new()
        {
            Title = "A report of made-up cases",
            Lead = $"The model read {cases} made-up radiographs.",
            Labels = names,
            Cases = made,
            Notes = ["Nothing of this is a radiograph."],
            GroupColumns = ["View", "Sex"],
            Space = new JointSpace(
                [.. made.Select((one, i) => new JointSpacePoint(i, i % 10, i / 10.0, one.TrueLabels![0], i % bases.Length))],
                [
                    .. bases
                        .Take(cases)
                        .Select((label, k) => new JointSpaceCluster(label, label, cases / bases.Length, 0.2, k, [new TypicalWord("left", 0.5, 1.2)])),
                ],
                [0.4, 0.2],
                0.1,
                double.NaN
            ),
            Slices = [new ErrorSlice(bases[0], [0], 1, new Estimate(1, 0.2, 1), 0.1, 0.01, 0)],
            Tables =
            [
                new PageTable(
                    "All cases",
                    [new("Iteration 1"), new("prior", IsBaseline: true)],
                    [new PageRow("Accuracy", "labels", [new("66.0", "60.0 to 70.0", IsBest: true), null])]
                ),
            ],
            Training = [new TrainingCurve("Image network", [2, 1, 0.5], [2.1, 1.4, 1.2], [0.3, 0.5, 0.6], 3)],
            Resamples = 40,
        };
        return new ReportDocument(
            Evaluation.Report(evaluated, new TrivialBaselines(), resamples: 20, seed: 1),
            change?.Invoke(page) ?? page
        );
    }

    private static byte[] Noise(int size, byte shade)
    {
        Random random = new(shade);
        return RadiographWriter.EncodePng([.. Enumerable.Range(0, size * size).Select(_ => (byte)random.Next(shade))], size, size);
    }
}
