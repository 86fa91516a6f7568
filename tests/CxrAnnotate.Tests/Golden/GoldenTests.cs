using System.Globalization;
using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;

namespace CxrAnnotate.Tests;

/// <summary>
/// Small single-label and multi-label cascades train, export and read with the golden results, and folders and models saved by earlier versions give
/// the same readings.
/// </summary>
public sealed class GoldenTests(GoldenCascades cascades) : IClassFixture<GoldenCascades>
{
    /// <summary>Differences of trainings on other instruction sets (AVX2, SSE4.1) were at most a tenth of this.</summary>
    private const double OfTraining = 0.03;

    /// <summary>The same for reading with fixed weights.</summary>
    private const double OfReading = 1e-3;

    /// <summary>Columns that the version which wrote the models did not have.</summary>
    private static readonly string[] _added = ["ScoreEntropy", "ContextVector"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Training_reproduces_the_golden_weights_and_metrics(bool multiLabel)
    {
        RecurrentCascadeTransformer cascade = cascades.Trained(multiLabel);
        var figures = new GoldenFigures();
        figures.Add("chosen iteration", [cascade.ChosenIteration.ToString(CultureInfo.InvariantCulture)]);
        foreach (CascadeIterationReport report in cascade.Iterations)
        {
            string at = $"iteration {report.Iteration} ";
            figures.Add(at + "labels", report.Labels);
            figures.Add(at + "validation", new[] { report.ValidationDisease!.Value, report.ValidationContext ?? double.NaN });
            figures.Add(at + "classifier losses", report.Classifier!.Epochs.Select(e => e.TrainLoss));
            figures.Add(at + "decoder losses", report.Decoder!.Epochs.Select(e => e.TrainLoss));
            CascadeModel model = cascade.Models[report.Iteration - 1];
            figures.Add(at + "thresholds", model.Classifier.Configuration.Thresholds ?? []);
            figures.Add(at + "logit shift", model.Classifier.Configuration.LogitShift ?? []);
            figures.Add(at + "words", model.Decoder.Vocabulary.Words);
            (string Network, torch.nn.Module Module)[] networks =
            [
                ("classifier", model.Classifier.Network),
                ("decoder", model.Decoder.Module),
            ];
            foreach (var (network, module) in networks)
            {
                foreach (var (name, tensor) in module.state_dict().Where(p => p.Value.dtype == torch.ScalarType.Float32))
                    figures.AddSummary($"{at}{network} {name}", tensor.Floats());
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"training of {GoldenCascades.NameOf(multiLabel)}: {figures.Hash()}");
        figures.Compare($"{GoldenCascades.NameOf(multiLabel)}.training.json", OfTraining);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Saved_models_of_earlier_versions_give_the_same_readings(bool multiLabel)
    {
        if (GoldenFigures.Rewrite && Environment.GetEnvironmentVariable("CXR_WRITE_GOLDEN_MODELS") == "1")
            cascades.WriteSaved(multiLabel, GoldenFigures.Folder);
        using var folder = new ScratchFolder();
        string name = GoldenCascades.NameOf(multiLabel),
            run = Path.Combine(folder.Path, "run"),
            onnx = Path.Combine(folder.Path, "again.onnx"),
            zip = Path.Combine(folder.Path, "again.zip");
        ZipFile.ExtractToDirectory(Path.Combine(GoldenFigures.Folder, $"{name}.folder.zip"), run);
        IDataView images = Images(multiLabel);
        using RecurrentCascadeTransformer loaded = cascades.Context.ChestXray().LoadCascade(run);
        ITransformer model = cascades.Context.ChestXray().LoadModel(Path.Combine(GoldenFigures.Folder, $"{name}.model.zip"), out _);
        loaded.SaveOnnx(onnx);
        cascades.Context.Model.Save(loaded, images.Schema, zip);
        Names(loaded.GetOutputSchema(images.Schema)).Compare($"{name}.schema.json", OfReading);
        // The old folder, exported graph and model, and new exports of both.
        GoldenFigures[] all =
        [
            Columns(multiLabel, loaded.Transform(images)),
            Columns(multiLabel, model.Transform(images)),
            Columns(multiLabel, cascades.Context.ChestXray().LoadModel(zip, out _).Transform(images)),
        ];
        foreach (GoldenFigures figures in all)
            figures.Compare($"{name}.columns.json", OfReading);
        foreach (string file in (string[])[Path.Combine(run, "cascade.onnx"), onnx, Path.Combine(GoldenFigures.Folder, $"{name}.model.zip"), zip])
            Readings(file, images, isNew: file == onnx || file == zip).Compare($"{name}.readings.json", OfReading);
        foreach (string file in (string[])[Path.Combine(run, "cascade.onnx"), onnx])
            Graph(file, images).Compare($"{name}.graph.json", OfReading);
    }

    private IDataView Images(bool multiLabel)
    {
        IDataView rows = cascades.Phantoms(multiLabel);
        return cascades.Context.Data.TakeRows(cascades.Context.Transforms.SelectColumns("ImagePath").Fit(rows).Transform(rows), 8);
    }

    /// <summary>The columns that a transformer adds.</summary>
    private static GoldenFigures Columns(bool multiLabel, IDataView view)
    {
        var figures = new GoldenFigures();
        figures.AddSummary("Features", [.. view.GetColumn<float[]>("Features").SelectMany(v => v)]);
        figures.Add("Score", view.GetColumn<float[]>("Score").SelectMany(v => v));
        figures.Add("WordProbability", view.GetColumn<float[]>("WordProbability").SelectMany(v => v));
        figures.Add("AnnotationProbability", view.GetColumn<float>("AnnotationProbability"));
        figures.Add("Annotation", view.GetColumn<string>("Annotation"));
        figures.Add("AnnotationTokens", view.GetColumn<string>("AnnotationTokens"));
        if (multiLabel)
        {
            figures.Add("PredictedLabels", view.GetColumn<float[]>("PredictedLabels").Select(v => string.Join(' ', v)));
            figures.Add("FindingProbability", view.GetColumn<float[]>("FindingProbability").SelectMany(v => v));
        }
        else
        {
            figures.Add("PredictedLabel", view.GetColumn<uint>("PredictedLabel").Select(v => v.ToString(CultureInfo.InvariantCulture)));
        }

        return figures;
    }

    /// <summary>The names of the slots, which ML.NET drops from saved models.</summary>
    private static GoldenFigures Names(DataViewSchema schema)
    {
        var figures = new GoldenFigures();
        foreach (DataViewSchema.Column column in schema.Where(column => !_added.Contains(column.Name)))
            figures.Add($"{column.Name} {column.Type}", TextAnnotations.Read(column, TextAnnotations.SlotNamesKind) ?? []);
        return figures;
    }

    /// <summary>What the annotator says.</summary>
    private static GoldenFigures Readings(string file, IDataView images, bool isNew)
    {
        using var annotator = RadiographAnnotator.Load(file, new() { BatchSize = 3, Threads = 1 });
        RadiographReading[] readings =
        [
            .. annotator.Annotate(images.GetColumn<string>("ImagePath"), TestContext.Current.CancellationToken).Select(item => item.Reading!),
        ];
        var figures = new GoldenFigures();
        for (int i = 0; i < readings.Length; i++)
        {
            RadiographReading r = readings[i];
            Assert.Equal(isNew, r.ScoreEntropy is not null);
            figures.Add($"{i} texts", [r.Label, r.Annotation, .. r.DetectedFindings]);
            figures.Add($"{i} probabilities", new[] { r.LabelProbability, r.Probability });
            figures.Add($"{i} labels", r.LabelProbabilities.Keys);
            figures.Add($"{i} label probabilities", r.LabelProbabilities.Values);
            figures.Add($"{i} words", r.WordProbabilities.Keys);
            figures.Add($"{i} word probabilities", r.WordProbabilities.Values);
            figures.Add($"{i} alternatives", r.Alternatives.Select(a => a.Annotation));
            figures.Add($"{i} alternative probabilities", r.Alternatives.Select(a => a.Probability));
            figures.Add(
                $"{i} findings",
                r.Findings.Select(f => $"{f.Heading}: {string.Join(' ', f.Locations)}; {f.Side}; {f.Severity}; {string.Join(' ', f.Others)}")
            );
            figures.Add($"{i} finding probabilities", r.Findings.Select(f => f.Probability));
        }

        return figures;
    }

    /// <summary>Inputs and outputs of the graph, and their values.</summary>
    private static GoldenFigures Graph(string file, IDataView images)
    {
        using var session = new InferenceSession(file);
        float[] pixels =
        [
            .. new MLContext(seed: 1)
                .ChestXray()
                .LoadRadiographs(height: 64, width: 64)
                .Fit(images)
                .Transform(images)
                .GetColumn<float[]>("Image")
                .SelectMany(v => v),
        ];
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [pixels.Length / 4096, 1, 64, 64]);
        using var run = new RunOptions();
        string[] names = [.. session.OutputMetadata.Keys.Except(_added)];
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, [.. session.InputMetadata.Keys], [input], names);
        var figures = new GoldenFigures();
        figures.Add("metadata", session.ModelMetadata.CustomMetadataMap.Keys.Order(StringComparer.Ordinal));
        figures.Add("inputs", session.InputMetadata.Select(p => $"{p.Key} {p.Value.ElementDataType} {string.Join('x', p.Value.Dimensions)}"));
        for (int i = 0; i < names.Length; i++)
        {
            OrtTensorTypeAndShapeInfo shape = results[i].GetTensorTypeAndShape();
            figures.Add($"{names[i]} shape", [$"{shape.ElementDataType} {string.Join('x', shape.Shape)}"]);
            if (results[i].GetTensorTypeAndShape().IsString)
                figures.Add(names[i], results[i].GetStringTensorAsArray());
            else if (names[i] == "Features")
                figures.AddSummary(names[i], results[i].GetTensorDataAsSpan<float>());
            else if (shape.ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float)
                figures.Add(names[i], results[i].GetTensorDataAsSpan<float>().ToArray());
            else if (shape.ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Double)
                figures.Add(names[i], results[i].GetTensorDataAsSpan<double>().ToArray().Select(v => double.IsFinite(v) ? v : double.NaN));
            else
                figures.Add(names[i], results[i].GetTensorDataAsSpan<long>().ToArray().Select(v => v.ToString(CultureInfo.InvariantCulture)));
        }

        return figures;
    }
}
