using System.Runtime.CompilerServices;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>Fake runs that a test controls.</summary>
internal sealed class FakeRuns : ICascadeRuns
{
    internal TrainSettings? Trained { get; private set; }

    internal EvaluateSettings? Evaluated { get; private set; }

    internal Action<Session> OnSession { get; init; } = _ => { };

    internal Func<CancellationToken, TrainReport> OnTrain { get; init; } =
        _ => new TrainReport("run", [new(1, 17, 0.8, 60), new(2, 31, 0.85, 70)], 2, [Results], 130, new() { ["chosenIteration"] = 2 });

    /// <summary>The result for a file: an annotation, or an error that begins with "!".</summary>
    internal Func<string, string> OnFile { get; init; } = _ => "Nodule/lung/left";

    /// <summary>The context vector of a file; null for those of a model that was saved before they were kept.</summary>
    internal Func<string, float[]?> OnVector { get; init; } = _ => null;

    /// <summary>The heat maps of a file.</summary>
    internal Func<string, IReadOnlyList<HeatMap>> OnMaps { get; init; } = _ => [];

    /// <summary>The verdict on an annotation.</summary>
    internal Func<string, ReadingVerdict?> VerdictOf { get; init; } = _ => ReadingVerdict.Confident;

    internal AnnotateSettings? Annotated { get; private set; }

    internal static ResultTable Results { get; } =
        new(
            "Test images",
            [new("Iteration 1"), new("Iteration 2"), new("always normal", IsBaseline: true)],
            [
                new("Accuracy", "part of the images", [new(0.5), new(0.75, 0.7, 0.8), new(0.9)]),
                new("Loss", "nats", [new(1.25), new(1.5), null], FigureKind.Number, HigherIsBetter: false),
            ]
        );

    public TrainReport Train(TrainSettings settings, Session session, CancellationToken cancellation)
    {
        Trained = settings;
        OnSession(session);
        return OnTrain(cancellation);
    }

    public IFileAnnotator OpenAnnotator(AnnotateSettings settings, Session session)
    {
        Annotated = settings;
        return new FakeAnnotator(this, settings.Model);
    }

    private sealed class FakeAnnotator(FakeRuns runs, string model) : IFileAnnotator
    {
        public ModelIdentity Model { get; } = new(model, new string('0', 64));

        public async IAsyncEnumerable<AnnotatedRadiograph> AnnotateAsync(
            IAsyncEnumerable<string> files,
            [EnumeratorCancellation] CancellationToken cancellation
        )
        {
            await foreach (string file in files.WithCancellation(cancellation))
            {
                cancellation.ThrowIfCancellationRequested();
                string text = runs.OnFile(file);
                yield return text.StartsWith('!')
                    ? new AnnotatedRadiograph(file, null, text[1..])
                    : new AnnotatedRadiograph(
                        file,
                        new RadiographReading
                        {
                            Label = "nodule",
                            LabelProbability = 0.9,
                            DetectedFindings = ["nodule"],
                            Annotation = text,
                            ContextVector = runs.OnVector(file),
                            Probability = 0.8,
                            Findings = [],
                            Alternatives = [],
                            LabelProbabilities = new Dictionary<string, double>(),
                            WordProbabilities = new Dictionary<string, double>(),
                            HeatMaps = runs.OnMaps(file),
                            Verdict = runs.VerdictOf(text),
                        },
                        null
                    );
            }
        }

        public byte[] Overlay(string file, HeatMap map) => [.. "PNG of "u8, .. System.Text.Encoding.UTF8.GetBytes(map.Subject)];

        public void Dispose() { }
    }

    public EvaluationReport Evaluate(EvaluateSettings settings, Session session, CancellationToken cancellation)
    {
        Evaluated = settings;
        return new EvaluationReport(3, 2, [Results], ["Drawn by a program."]) { Document = new() { ["images"] = 3 } };
    }

    public CrossValidationReport CrossValidate(TrainSettings settings, int folds, Session session, CancellationToken cancellation)
    {
        Trained = settings;
        return new CrossValidationReport("cross-validation.json", [Results], new() { ["images"] = folds }, 60);
    }

    internal DemoSettings? Demonstrated { get; private set; }

    public DemoReport Demo(DemoSettings settings, Session session, CancellationToken cancellation)
    {
        Demonstrated = settings;
        return new(OnTrain(cancellation), "index.html", "evaluation.json");
    }
}
