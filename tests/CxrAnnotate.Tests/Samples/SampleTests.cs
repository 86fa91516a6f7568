using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>Every program of samples/, run (FirstProgram is the README's, which the package tests run).</summary>
public sealed partial class SampleTests
{
    [Fact]
    public async Task The_cascade_is_trained_and_reads()
    {
        var (output, _) = await Sample.Run("TrainAndAnnotate", "80", "1");
        Assert.Contains("Iteration 2", output, StringComparison.Ordinal);
        Assert.Equal(8, Regex.Count(output, "  true: "));
    }

    [Fact]
    public async Task The_stages_are_composed_with_stock_ones()
    {
        using var folder = new ScratchFolder();
        new MLContext(seed: 1)
            .ChestXray()
            .Data.WritePhantom(
                folder.Path,
                new ChestPhantomOptions
                {
                    Studies = 120,
                    Size = 64,
                    NormalFraction = 0.5,
                    Headings = ["Cardiomegaly", "Pleural Effusion"],
                },
                cancellationToken: TestContext.Current.CancellationToken
            );
        var (output, _) = await Sample.Run("ComposePipeline", Path.Combine(folder.Path, "annotations.csv"), "1");
        Assert.Contains("abnormal, ", output, StringComparison.Ordinal);
        Assert.Equal(4, Regex.Count(output, "true: .* read: "));
        Assert.Matches("stock trainer on our Features: micro-accuracy [0-9.]+", output);

        // The iteration by hand reaches the labels of the estimator that is all of it in one.
        ChestXrayCatalog cxr = new MLContext(seed: 2016).ChestXray();
        StudySplit split = cxr.Data.SplitByStudy(cxr.Data.LoadCsv(Path.Combine(folder.Path, "annotations.csv")), validation: 0.1, test: 0.2);
        var options = new RecurrentCascadeOptions
        {
            Seed = 2016,
            Mining = new() { MinimumCases = 10 },
            Loading = new() { Height = 96, Width = 96 },
            Classifier = new() { CropSize = 84, Optimization = new() { Epochs = 1 } },
            Decoder = new()
            {
                HiddenSize = 128,
                Optimization = new() { Epochs = 20, LearningRate = 2e-3 },
            },
            FeatureViews = 0,
            Relabeling = new() { MinimumClusterSize = 8, MinimumSilhouette = 0 },
            ValidationFraction = 0,
            Refinement = new() { Epochs = 1 },
        };
        using RecurrentCascadeTransformer cascade = cxr.RecurrentCascade(options).Fit(split.Train);
        IReadOnlyList<string> labels = cascade.Iterations[1].Labels;
        Assert.Contains(labels, label => label.Contains('#', StringComparison.Ordinal));
        Assert.Contains($"labels of the next iteration: {string.Join(", ", labels)}{Environment.NewLine}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_read_with_a_saved_model_and_broken_files_are_named()
    {
        using var folder = new ScratchFolder();
        var (onnx, images) = SavedModel(folder);
        string bad = Path.Combine(folder.Path, "some");
        Directory.CreateDirectory(bad);
        foreach (string path in images.Take(3))
            File.Copy(path, Path.Combine(bad, Path.GetFileName(path)));
        File.WriteAllText(Path.Combine(bad, "broken.png"), "no image");
        var (output, error) = await Sample.Run("AnnotateFolder", onnx, bad);
        string[] lines = output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        using var annotator = RadiographAnnotator.Load(onnx);
        Assert.All(
            Directory.EnumerateFiles(bad).Where(f => !f.EndsWith("broken.png", StringComparison.Ordinal)),
            f => Assert.Contains(lines, l => l.Contains($"\"{f}\",\"{annotator.Annotate(f).Annotation}\"", StringComparison.Ordinal))
        );
        Assert.Contains("broken.png", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stock_pipeline_is_cross_validated()
    {
        using var folder = new ScratchFolder();
        new MLContext(seed: 1)
            .ChestXray()
            .Data.WritePhantom(
                folder.Path,
                new ChestPhantomOptions
                {
                    Studies = 60,
                    Size = 64,
                    NormalFraction = 0.5,
                    Headings = ["Cardiomegaly"],
                },
                cancellationToken: TestContext.Current.CancellationToken
            );
        var (output, _) = await Sample.Run("StockPipeline", Path.Combine(folder.Path, "annotations.csv"));
        Assert.Matches(@"macro-F1 [01]\.\d+ \(2 labels\)\s+accuracy [01]\.\d+ \(60 images\)", output);
    }

    [Fact]
    public async Task The_onnx_file_is_read_without_MLNet()
    {
        using var folder = new ScratchFolder();
        var (onnx, _) = SavedModel(folder);
        var (output, _) = await Sample.Run("OnnxWithoutMLNet", onnx);
        Assert.Contains("image 1: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_reads_uploads_in_batches_reports_its_health_and_rejects_other_files()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        using var folder = new ScratchFolder();
        var (onnx, images) = SavedModel(folder);
        using var annotator = RadiographAnnotator.Load(onnx);
        using Sample service = Sample.Start("AnnotationService", onnx, "--urls", "http://127.0.0.1:0");
        Match address = Match.Empty;
        while (!address.Success)
        {
            Assert.False(service.HasEnded, service.Output + service.Error);
            await Task.Delay(20, stop);
            address = Listening().Match(service.Output);
        }

        using var client = new HttpClient { BaseAddress = new Uri(address.Groups[1].Value) };
        JsonElement health = await client.GetFromJsonAsync<JsonElement>("/health", stop);
        Assert.Equal("ready", health.GetProperty("status").GetString());
        Assert.Equal(annotator.Labels, health.GetProperty("labels").EnumerateArray().Select(l => l.GetString()!));

        // Many at once, each of its own image: no reading may go to another's request.
        string[] many = [.. images.Take(24)];
        string[] readings = await Task.WhenAll(
            many.Select(async path =>
            {
                using HttpResponseMessage answer = await Post(client, stop, path);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                JsonElement item = (await answer.Content.ReadFromJsonAsync<JsonElement>(stop)).EnumerateArray().Single();
                Assert.Equal(Path.GetFileName(path), item.GetProperty("file").GetString());
                return $"{item.GetProperty("annotation").GetString()} {item.GetProperty("probability").GetDouble():F4}";
            })
        );
        Assert.Equal(many.Select(path => annotator.Annotate(path)).Select(r => $"{r.Annotation} {r.Probability:F4}"), readings);

        string broken = Path.Combine(folder.Path, "broken.png"),
            empty = Path.Combine(folder.Path, "empty.png");
        File.WriteAllBytes(broken, File.ReadAllBytes(images[0])[..150]);
        File.WriteAllBytes(empty, []);
        foreach (string bad in (string[])[broken, empty])
        {
            using HttpResponseMessage refused = await Post(client, stop, bad);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains(Path.GetFileName(bad), await refused.Content.ReadAsStringAsync(stop), StringComparison.Ordinal);
        }

        // A valid one beside it is answered.
        using HttpResponseMessage mixed = await Post(client, stop, broken, images[1]);
        Assert.Equal(HttpStatusCode.OK, mixed.StatusCode);
        JsonElement[] items = [.. (await mixed.Content.ReadFromJsonAsync<JsonElement>(stop)).EnumerateArray()];
        Assert.NotNull(items[0].GetProperty("error").GetString());
        Assert.Equal(annotator.Annotate(images[1]).Annotation, items[1].GetProperty("annotation").GetString());
        using var form = new MultipartFormDataContent { { new StringContent("none"), "text" } };
        using HttpResponseMessage none = await client.PostAsync("/readings", form, stop);
        Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
    }

    [Fact]
    public async Task The_service_does_not_start_with_a_damaged_model()
    {
        using var folder = new ScratchFolder();
        string bad = Path.Combine(folder.Path, "bad.onnx");
        File.WriteAllText(bad, "no model");
        using Sample service = Sample.Start("AnnotationService", bad, "--urls", "http://127.0.0.1:0");
        Assert.Equal(1, await service.ExitCode());
        Assert.Contains("bad.onnx", service.Error, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> Post(HttpClient client, CancellationToken stop, params string[] paths)
    {
        using var form = new MultipartFormDataContent();
        foreach (string path in paths)
            form.Add(new ByteArrayContent(await File.ReadAllBytesAsync(path, stop)), "file", Path.GetFileName(path));
        return await client.PostAsync("/readings", form, stop);
    }

    private static (string Onnx, string[] Images) SavedModel(ScratchFolder folder)
    {
        var context = new MLContext(seed: 1);
        IDataView rows = SmallCascade.WritePhantoms(context, folder.Path);
        using RecurrentCascadeTransformer cascade = context.ChestXray().RecurrentCascade(SmallCascade.Options()).Fit(rows);
        string onnx = Path.Combine(folder.Path, "cascade.onnx");
        cascade.SaveOnnx(onnx);
        return (onnx, [.. rows.GetColumn<string>("ImagePath")]);
    }

    [GeneratedRegex("Now listening on: (http://\\S+)")]
    private static partial Regex Listening();
}
