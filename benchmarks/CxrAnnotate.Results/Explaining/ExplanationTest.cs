using System.Diagnostics;
using Microsoft.ML;

namespace CxrAnnotate.Results.Explaining;

/// <summary>Explains a trained cascade's readings of a set, and those of its control with random weights.</summary>
internal sealed class ExplanationTest : IDisposable
{
    /// <summary>The random tenths whose mean the warmest tenth is compared with.</summary>
    private const int RandomTenths = 5;

    internal const string Occlusion = "occlusion",
        OfRandom = "occlusion, random weights";

    private readonly RecurrentCascadeTransformer _cascade;
    private readonly RecurrentCascadeTransformer _untrained;
    private readonly RadiographAnnotator _annotator;
    private readonly RadiographAnnotator _random;
    private readonly RadiographFormat _loading;
    private readonly int _cells;
    private readonly int _seed;
    private readonly Dictionary<string, Stopwatch> _watches = [];

    /// <param name="context">The context.</param>
    /// <param name="run">The run.</param>
    /// <param name="cells">Rows and columns of the maps.</param>
    /// <param name="seed">The seed of the random weights and of the random tenths.</param>
    internal ExplanationTest(MLContext context, string run, int cells, int seed)
    {
        _cascade = context.ChestXray().LoadCascade(run, ComputeDevice.Cpu);
        _loading = _cascade.Loading.Format;
        (_cells, _seed) = (cells, seed);
        // Written anew, since runs of earlier versions do not tell where attended regions lie.
        _annotator = RadiographAnnotator.OfModel(_cascade.ToOnnx());
        _untrained = WithRandomWeights(context, _cascade, seed);
        _random = RadiographAnnotator.OfModel(_untrained.ToOnnx());
    }

    /// <summary>The same networks as they were before the training.</summary>
    internal static RecurrentCascadeTransformer WithRandomWeights(MLContext context, RecurrentCascadeTransformer cascade, int seed)
    {
        ClassifierConfiguration classifier = cascade.Model.Classifier.Configuration;
        TorchSharp.torch.random.manual_seed(seed);
        var model = new CascadeModel(
            new ClassifierModel(classifier, classifier.CreateNetwork(seed), TorchSharp.torch.CPU),
            new DecoderModel(cascade.Model.Decoder.Configuration)
        );
        return new RecurrentCascadeTransformer(context, cascade.Mining, cascade.Loading, cascade.Input, [model], [], chosen: 1);
    }

    internal Dictionary<string, double> SecondsPerImage(int images) =>
        _watches.ToDictionary(watch => watch.Key, watch => watch.Value.Elapsed.TotalSeconds / images);

    /// <summary>The cases of one image.</summary>
    internal IEnumerable<ExplainedCase> Of(LocatedImage image, int index)
    {
        RadiographReading reading = _annotator.Annotate(image.Path);
        // A word that is a label, too, would be explained as that label: lung hypoinflation is a finding, the lung of a nodule is its place.
        Truth[] known =
        [
            .. image.Truths.Where(truth =>
                ProbabilityOf(reading, truth.Subject) is not null
                && (truth.Kind == Truth.Finding || !reading.LabelProbabilities.ContainsKey(truth.Subject))
            ),
        ];
        if (known.Length == 0)
            yield break;
        ExplanationOptions options = new()
        {
            Rows = _cells,
            Columns = _cells,
            Subjects = [.. known.Select(truth => truth.Subject)],
        };
        float[] pixels = RadiographReader.Read(image.Path, _loading);
        double[] randomFalls = RandomFalls(pixels, reading, options.Subjects, new Random(unchecked((_seed * 100_003) + index)));
        foreach ((string method, IReadOnlyList<HeatMap> maps) in Maps(image, options, reading))
        {
            for (int t = 0; t < known.Length; t++)
            {
                // A label's own word is explained by the label alone.
                if (maps.FirstOrDefault(map => map.Subject == known[t].Subject) is { } map)
                    yield return Case(image, known[t], method, map, reading, pixels, randomFalls[t]);
            }
        }
    }

    private IEnumerable<(string Method, IReadOnlyList<HeatMap> Maps)> Maps(LocatedImage image, ExplanationOptions options, RadiographReading reading)
    {
        yield return (Occlusion, Timed(Occlusion, () => _annotator.Explain(image.Path, options).HeatMaps));
        yield return (OfRandom, Timed(OfRandom, () => _random.Explain(image.Path, options).HeatMaps));
        if (_cascade.Model.Decoder.Configuration.Attention is not null && reading.Attention.Count > 0)
            yield return (
                "attention",
                Timed(
                    "attention",
                    () =>
                        _annotator
                            .Explain(
                                image.Path,
                                options with
                                {
                                    Attention = true,
                                    Subjects = [.. options.Subjects!.Where(reading.Attention.ContainsKey)],
                                }
                            )
                            .HeatMaps
                )
            );
        foreach (
            (string name, ExplanationMethod by, RecurrentCascadeTransformer of) in (
                (string, ExplanationMethod, RecurrentCascadeTransformer)[]
            )
                [
                    ("class activation", ExplanationMethod.ClassActivation, _cascade),
                    ("Grad-CAM", ExplanationMethod.GradCam, _cascade),
                    ("class activation, random weights", ExplanationMethod.ClassActivation, _untrained),
                ]
        )
            yield return (name, Timed(name, () => ByMaps(image, options, by, of.Model)));
    }

    private IReadOnlyList<HeatMap> ByMaps(LocatedImage image, ExplanationOptions options, ExplanationMethod method, CascadeModel of)
    {
        if (method == ExplanationMethod.ClassActivation && !of.Classifier.Network.ReadsMapsLinearly)
            return [];
        float[] pixels = RadiographReader.Read(image.Path, _loading);
        var explainer = new FindingExplainer(
            of.Classifier,
            of,
            new()
            {
                Method = method,
                All = true,
                Rows = options.Rows,
                Columns = options.Columns,
            }
        );
        float[] maps = explainer.Explain(1, (_, to) => pixels.CopyTo(to), _ => false, ofFindings: true, ofWords: false)[0].Findings;
        int cells = options.Rows * options.Columns;
        return
        [
            .. explainer
                .Findings.Select((finding, k) => new HeatMap(finding, options.Rows, options.Columns, maps[(k * cells)..((k + 1) * cells)]))
                .Where(map => options.Subjects!.Contains(map.Subject)),
        ];
    }

    private IReadOnlyList<HeatMap> Timed(string method, Func<IReadOnlyList<HeatMap>> explain)
    {
        if (!_watches.TryGetValue(method, out Stopwatch? watch))
            _watches.Add(method, watch = new Stopwatch());
        watch.Start();
        IReadOnlyList<HeatMap> maps = explain();
        watch.Stop();
        return maps;
    }

    private ExplainedCase Case(
        LocatedImage image,
        Truth truth,
        string method,
        HeatMap map,
        RadiographReading reading,
        float[] pixels,
        double randomFall
    )
    {
        bool measured = !method.EndsWith("random weights", StringComparison.Ordinal);
        return new ExplainedCase(
            Path.GetFileName(image.Path),
            image.Unit,
            truth.Subject,
            truth.Kind,
            method,
            IsRead(reading, truth),
            truth.Area,
            Localisation.Hits(truth, Localisation.Peak(map), _cells, _cells),
            Localisation.Hits(truth, (0.5, 0.5), _cells, _cells),
            Localisation.Overlap(truth, Localisation.Warmest(map), _cells, _cells),
            Localisation.Overlap(truth, Localisation.HalfWarm(map), _cells, _cells),
            Localisation.Overlap(truth, Localisation.Central(_cells, _cells), _cells, _cells),
            measured ? Falls(pixels, reading, [truth.Subject], Localisation.Warmest(map))[0] : double.NaN,
            measured ? randomFall : double.NaN
        );
    }

    private double[] RandomFalls(float[] pixels, RadiographReading reading, IReadOnlyList<string> subjects, Random random)
    {
        double[] sums = new double[subjects.Count];
        for (int draw = 0; draw < RandomTenths; draw++)
        {
            double[] falls = Falls(pixels, reading, subjects, Localisation.Random(_cells * _cells, random));
            for (int s = 0; s < sums.Length; s++)
                sums[s] += falls[s] / RandomTenths;
        }

        return sums;
    }

    /// <summary>
    /// How far log-odds fall if cells have the image's mean grey value: another replacement than the one that the maps are made by, so that these are
    /// not measured by themselves.
    /// </summary>
    private double[] Falls(float[] pixels, RadiographReading reading, IReadOnlyList<string> subjects, bool[] cells)
    {
        float[] masked = [.. pixels];
        float mean = pixels.Average();
        for (int at = 0; at < masked.Length; at++)
        {
            int row = at / _loading.Width * _cells / _loading.Height,
                column = at % _loading.Width * _cells / _loading.Width;
            if (cells[(row * _cells) + column])
                masked[at] = mean;
        }

        RadiographReading without = _annotator.Annotate(masked, _loading.Height, _loading.Width);
        return
        [
            .. subjects.Select(subject =>
                HeatMapCells.LogOdds(ProbabilityOf(reading, subject)!.Value) - HeatMapCells.LogOdds(ProbabilityOf(without, subject)!.Value)
            ),
        ];
    }

    private static bool IsRead(RadiographReading reading, Truth truth) =>
        truth.Kind == Truth.Finding
            ? reading.DetectedFindings.Contains(truth.Subject)
            : reading.Findings.Any(finding => finding.Words.Contains(truth.Subject));

    private static double? ProbabilityOf(RadiographReading reading, string subject) =>
        reading.LabelProbabilities.TryGetValue(subject, out double label) ? label
        : reading.WordProbabilities.TryGetValue(subject, out double word) ? word
        : null;

    public void Dispose()
    {
        _annotator.Dispose();
        _random.Dispose();
        _cascade.Dispose();
        _untrained.Dispose();
    }
}
