using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>Models that ML.NET saves and loads again, the annotator, and ONNX files: all must give the readings of the trained model.</summary>
public sealed class SavedModelTests
{
    [Fact]
    public void A_saved_cascade_that_reads_files_gives_the_same_readings()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        IDataView rows = SmallCascade.WritePhantoms(context, folder.Path);
        using RecurrentCascadeTransformer cascade = context.ChestXray().RecurrentCascade(SmallCascade.Options()).Fit(rows);
        string path = Path.Combine(folder.Path, "model.zip");
        context.Model.Save(cascade, rows.Schema, path);

        var fresh = new MLContext();
        ITransformer loaded = fresh.Model.Load(path, out _);
        // Scoring needs only the path, neither annotation nor label.
        IDataView bare = context.Transforms.SelectColumns("ImagePath").Fit(rows).Transform(rows);
        List<Read> expected = Rows(context, cascade.Transform(bare)),
            actual = Rows(fresh, loaded.Transform(bare));
        Same(expected, actual);
        Assert.Contains(expected, e => e.Annotation.Length > 0);
        Assert.Equal(
            TextAnnotations.Read(cascade.Transform(bare).Schema["PredictedLabel"], TextAnnotations.KeyValuesKind),
            TextAnnotations.Read(loaded.Transform(bare).Schema["PredictedLabel"], TextAnnotations.KeyValuesKind)
        );
        using PredictionEngine<PathRow, Read> engine = fresh.Model.CreatePredictionEngine<PathRow, Read>(loaded);
        string[] paths = [.. bare.GetColumn<string>("ImagePath")];
        Same(expected[..5], [.. paths[..5].Select(p => engine.Predict(new PathRow { ImagePath = p }))]);

        string onnx = Path.Combine(folder.Path, "cascade.onnx");
        cascade.SaveOnnx(onnx, foldNormalization: false);
        foreach (string file in (string[])[path, onnx])
        {
            using var annotator = RadiographAnnotator.Load(file, new() { BatchSize = 7 });
            Assert.Equal(cascade.Labels, annotator.Labels);
            Same(expected, [.. annotator.Annotate(paths, TestContext.Current.CancellationToken).Select(item => Of(item.Reading!))], withKeys: false);
        }
    }

    [Fact]
    public void The_annotator_opens_a_saved_folder_and_a_model_in_memory_and_reports_its_hash()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        IDataView rows = SmallCascade.WritePhantoms(context, folder.Path);
        using RecurrentCascadeTransformer cascade = context.ChestXray().RecurrentCascade(SmallCascade.Options()).Fit(rows);
        string run = Path.Combine(folder.Path, "run"),
            onnx = Path.Combine(run, SavedRun.OnnxFile),
            image = rows.GetColumn<string>("ImagePath").First();
        cascade.Save(run, beside: place => File.WriteAllText(Path.Combine(place, "train.json"), "{}"));
        SavedRun.WriteBeside(run, "evaluation.json", "{}");
        foreach (string name in (string[])["train.json", "evaluation.json"])
            Assert.True(File.Exists(Path.Combine(run, name)) && SavedRun.IsOwn(name));
        string sha256 = FileHash.Of(onnx);
        using RadiographAnnotator ofFolder = RadiographAnnotator.Load(run),
            ofFile = RadiographAnnotator.Load(onnx),
            ofModel = RadiographAnnotator.OfModel(cascade.ToOnnx());
        Assert.All((RadiographAnnotator[])[ofFolder, ofFile, ofModel], annotator => Assert.Equal(sha256, annotator.ModelSha256));
        Assert.Equal(ofFile.Annotate(image).ToString(), ofFolder.Annotate(image).ToString());
        using RecurrentCascadeTransformer wide = cascade.WithBeam(3);
        using RadiographAnnotator ofWide = RadiographAnnotator.OfModel(wide.ToOnnx());
        Assert.Equal(3, ofWide.BeamWidth);
        File.AppendAllText(onnx, " ");
        Assert.Equal(ErrorCode.ModelDamaged, CxrError.CauseOf(Assert.Throws<InvalidDataException>(() => RadiographAnnotator.Load(run))));
        File.Delete(onnx);
        Assert.Equal(ErrorCode.ModelNotFound, CxrError.CauseOf(Assert.Throws<FileNotFoundException>(() => RadiographAnnotator.Load(run))));
    }

    [Fact]
    public void A_missing_file_has_an_empty_reading_in_the_loaded_model_too()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        IDataView rows = SmallCascade.WritePhantoms(context, folder.Path);
        using RecurrentCascadeTransformer cascade = context.ChestXray().RecurrentCascade(SmallCascade.Options()).Fit(rows);
        string path = Path.Combine(folder.Path, "model.zip");
        context.Model.Save(cascade, rows.Schema, path);
        IDataView missing = context.Data.LoadFromEnumerable<PathRow>([
            new() { ImagePath = "/there/is/none.png" },
            new() { ImagePath = rows.GetColumn<string>("ImagePath").First() },
        ]);
        Same(Rows(context, cascade.Transform(missing)), Rows(context, new MLContext().Model.Load(path, out _).Transform(missing)));
    }

    [Theory]
    [InlineData(ImageSource.Grey)]
    [InlineData(ImageSource.Color)]
    [InlineData(ImageSource.Bitmap)]
    internal void Stages_in_a_chain_with_stock_stages_say_the_same_after_they_were_saved_and_loaded(ImageSource source)
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        ChestXrayCatalog cxr = context.ChestXray();
        IDataView rows = SmallCascade.WritePhantoms(context, folder.Path);
        IEstimator<ITransformer> images = source switch
        {
            ImageSource.Grey => cxr.LoadRadiographs(new LoadRadiographsOptions { Height = 64, Width = 64 }),
            ImageSource.Color => context
                .Transforms.LoadImages("Bitmap", "", "ImagePath")
                .Append(context.Transforms.ResizeImages("Bitmap", 64, 64))
                .Append(context.Transforms.ExtractPixels("Image", "Bitmap", scaleImage: 1f / 255)),
            _ => context.Transforms.LoadImages("Image", "", "ImagePath").Append(context.Transforms.ResizeImages("Image", 64, 64)),
        };
        EstimatorChain<ITransformer> read = new EstimatorChain<ITransformer>()
            .Append(cxr.MineLabels(new MineLabelsOptions { MinimumCases = 5 }))
            .Append(images);
        // ML.NET's caches leave out bitmaps.
        if (source != ImageSource.Bitmap)
            read = read.AppendCacheCheckpoint(context);
        var pipeline = read.Append(cxr.BalanceClasses(new BalanceClassesOptions()))
            .Append(
                cxr.ClassifyDisease(
                    new ClassifyDiseaseOptions
                    {
                        CropSize = 56,
                        Optimization = new() { Epochs = 1 },
                        Seed = 3,
                    }
                )
            )
            .Append(
                cxr.DecodeContext(
                    new DecodeContextOptions
                    {
                        HiddenSize = 16,
                        Layers = 2,
                        Cell = RecurrentCell.Lstm,
                        Optimization = new() { Epochs = 2 },
                        Seed = 4,
                    }
                )
            );
        var model = pipeline.Fit(rows);
        string path = Path.Combine(folder.Path, "chain.zip");
        context.Model.Save(model, rows.Schema, path);
        IDataView bare = context.Transforms.SelectColumns("ImagePath").Fit(rows).Transform(rows);
        var fresh = new MLContext();
        Same(Rows(context, model.Transform(bare)), Rows(fresh, fresh.Model.Load(path, out _).Transform(bare)));
    }

    [Fact]
    public void Damaged_and_foreign_models_are_rejected_by_name()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        IDataView rows = SmallCascade.WritePhantoms(context, folder.Path);
        using RecurrentCascadeTransformer cascade = context.ChestXray().RecurrentCascade(SmallCascade.Options()).Fit(rows);
        string onnx = Path.Combine(folder.Path, "cascade.onnx"),
            zip = Path.Combine(folder.Path, "model.zip"),
            bad = Path.Combine(folder.Path, "bad.model");
        cascade.SaveOnnx(onnx);
        context.Model.Save(cascade, rows.Schema, zip);
        Assert.Throws<FileNotFoundException>(() => RadiographAnnotator.Load(bad));
        foreach (string whole in (string[])[onnx, zip])
        {
            byte[] content = File.ReadAllBytes(whole);
            foreach (double part in (double[])[0, 0.1, 0.5, 0.9])
            {
                File.WriteAllBytes(bad, content[..(int)(part * content.Length)]);
                Assert.Contains(
                    "bad.model",
                    Assert.Throws<InvalidDataException>(() => RadiographAnnotator.Load(bad)).Message,
                    StringComparison.Ordinal
                );
            }
        }

        File.WriteAllText(bad, "not a model at all");
        Assert.Contains("bad.model", Assert.Throws<InvalidDataException>(() => RadiographAnnotator.Load(bad)).Message, StringComparison.Ordinal);
        context.Model.Save(context.Transforms.CopyColumns("A", "ImagePath").Fit(rows), rows.Schema, bad);
        Assert.Contains(
            "does not contain a complete CxrAnnotate cascade",
            Assert.Throws<InvalidDataException>(() => RadiographAnnotator.Load(bad)).Message,
            StringComparison.Ordinal
        );
        // A future version.
        byte[] sealedModel = File.ReadAllBytes(onnx);
        byte[] model = sealedModel[..sealedModel.AsSpan().LastIndexOf("cxrannotate.sha256"u8)][..^4];
        Assert.Equal(sealedModel, OnnxChecksum.Append(model));
        int at = model.AsSpan().IndexOf("\"version\":1"u8);
        model[at + 10] = (byte)'9';
        File.WriteAllBytes(bad, OnnxChecksum.Append(model));
        Assert.Contains("newer version", Assert.Throws<InvalidDataException>(() => RadiographAnnotator.Load(bad)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_with_any_byte_changed_is_rejected()
    {
        var random = new Random(12);
        foreach (int length in (int[])[1, 40, 3000])
        {
            byte[] content = new byte[length];
            random.NextBytes(content);
            byte[] whole = OnnxChecksum.Append(content);
            Assert.True(OnnxChecksum.Fits(whole));
            for (int at = 0; at < whole.Length; at++)
            {
                byte before = whole[at];
                whole[at] ^= (byte)(1 << random.Next(8));
                Assert.False(OnnxChecksum.Fits(whole));
                whole[at] = before;
            }

            Assert.All(Enumerable.Range(0, whole.Length), cut => Assert.False(OnnxChecksum.Fits(whole.AsSpan(0, cut))));
        }
    }

    [Fact]
    public void A_small_model_changed_or_truncated_anywhere_is_rejected_by_name_or_reads_as_before()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable<PathRow>([
            new() { ImagePath = SmallCascade.WritePhantoms(context, folder.Path).GetColumn<string>("ImagePath").First() },
        ]);
        ITransformer loading = context.ChestXray().LoadRadiographs(height: 8, width: 8).Fit(rows);
        string whole = Path.Combine(folder.Path, "whole.zip"),
            bad = Path.Combine(folder.Path, "bad.zip");
        context.Model.Save(loading, rows.Schema, whole);
        Damage(context, whole, bad, rows, t => t.GetColumn<float[]>("Image").Single(), everyByte: true, cuts: 200);
    }

    [Fact]
    public void A_large_model_changed_or_truncated_is_rejected_by_name_or_reads_as_before()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        IDataView rows = SmallCascade.WritePhantoms(context, folder.Path);
        using RecurrentCascadeTransformer cascade = context.ChestXray().RecurrentCascade(SmallCascade.Options()).Fit(rows);
        string whole = Path.Combine(folder.Path, "whole.zip"),
            bad = Path.Combine(folder.Path, "bad.zip");
        context.Model.Save(cascade, rows.Schema, whole);
        IDataView one = context.Data.TakeRows(context.Transforms.SelectColumns("ImagePath").Fit(rows).Transform(rows), 1);
        Damage(context, whole, bad, one, t => t.GetColumn<float[]>("Score").Single(), everyByte: false, cuts: 10);
    }

    /// <summary>
    /// Changes bytes of a model or truncates it: the result is a clear error or (for a byte without meaning, such as a date) the same numbers.
    /// </summary>
    private static void Damage(MLContext context, string whole, string bad, IDataView rows, Func<IDataView, float[]> read, bool everyByte, int cuts)
    {
        ChestXrayCatalog cxr = context.ChestXray();
        float[] expected = read(cxr.LoadModel(whole, out _).Transform(rows));
        byte[] content = File.ReadAllBytes(whole);
        var random = new Random(4);
        int refused = 0;
        foreach (int at in everyByte ? Enumerable.Range(0, content.Length) : Enumerable.Range(0, 60).Select(_ => random.Next(content.Length)))
        {
            byte before = content[at];
            content[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(bad, content);
            content[at] = before;
            refused += Refused() ? 1 : 0;
        }

        Assert.True(refused > 0);
        for (int i = 0; i < cuts; i++)
        {
            File.WriteAllBytes(bad, content[..random.Next(content.Length)]);
            Assert.True(Refused());
        }

        bool Refused()
        {
            try
            {
                ITransformer loaded = cxr.LoadModel(bad, out _);
                Assert.Equal(expected, read(loaded.Transform(rows)));
                return false;
            }
            catch (InvalidDataException e)
            {
                Assert.Contains("bad.zip", e.Message, StringComparison.Ordinal);
                return true;
            }
        }
    }

    [Fact]
    public async Task The_annotator_keeps_the_order_names_bad_files_and_can_be_shared()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        IDataView rows = SmallCascade.WritePhantoms(context, folder.Path);
        using RecurrentCascadeTransformer cascade = context.ChestXray().RecurrentCascade(SmallCascade.Options()).Fit(rows);
        string onnx = Path.Combine(folder.Path, "cascade.onnx"),
            broken = Path.Combine(folder.Path, "broken.png");
        cascade.SaveOnnx(onnx);
        string[] good = [.. rows.GetColumn<string>("ImagePath").Take(9)];
        File.WriteAllBytes(broken, File.ReadAllBytes(good[0])[..200]);
        string[] paths = [good[0], broken, .. good[1..], Path.Combine(folder.Path, "none.png")];
        using var annotator = RadiographAnnotator.Load(onnx, new() { BatchSize = 4 });
        AnnotatedRadiograph[] items = [.. annotator.Annotate(paths, TestContext.Current.CancellationToken)];
        Assert.Equal(paths, items.Select(i => i.Path));
        Assert.Equal([1, paths.Length - 1], Enumerable.Range(0, paths.Length).Where(i => items[i].Error is not null));
        Assert.All(items.Where(i => i.Error is not null), i => Assert.Contains(i.Path, i.Error!, StringComparison.Ordinal));

        var later = new List<AnnotatedRadiograph>();
        await foreach (AnnotatedRadiograph item in annotator.AnnotateAsync(Slowly(paths), TestContext.Current.CancellationToken))
            later.Add(item);
        Assert.Equal(items.Select(i => i.Reading?.Annotation), later.Select(i => i.Reading?.Annotation));
        // Contents give the same readings as files, and the bad one is named.
        AnnotatedRadiograph[] uploads =
        [
            .. annotator.Annotate(
                paths[..^1].Select((path, i) => new RadiographContent($"upload {i}", new MemoryStream(File.ReadAllBytes(path)))),
                TestContext.Current.CancellationToken
            ),
        ];
        Assert.Equal(Enumerable.Range(0, paths.Length - 1).Select(i => $"upload {i}"), uploads.Select(u => u.Path));
        Assert.Equal(items[..^1].Select(i => i.Reading?.Annotation), uploads.Select(u => u.Reading?.Annotation));
        Assert.Contains("'upload 1'", uploads[1].Error!, StringComparison.Ordinal);
        using (FileStream stream = File.OpenRead(good[3]))
            Assert.Equal(annotator.Annotate(good[3]).Annotation, annotator.Annotate(stream).Annotation);
        Assert.Contains(
            "the stream",
            Assert.Throws<InvalidDataException>(() => annotator.Annotate(new MemoryStream([1, 2, 3]))).Message,
            StringComparison.Ordinal
        );

        string[] expected = [.. good.Select(p => annotator.Annotate(p).ToString())];
        Parallel.For(0, 32, i => Assert.Equal(expected[i % good.Length], annotator.Annotate(good[i % good.Length]).ToString()));
        using var stop = new CancellationTokenSource();
        IEnumerator<AnnotatedRadiograph> running = annotator.Annotate(paths, stop.Token).GetEnumerator();
        Assert.True(running.MoveNext());
        await stop.CancelAsync();
        Assert.Throws<OperationCanceledException>(() =>
        {
            while (running.MoveNext()) { }
        });

        RadiographReading reading = annotator.Annotate(good[0]);
        Assert.Equal(1, reading.LabelProbabilities.Values.Sum(), 1e-4);
        Assert.Equal(reading.LabelProbabilities.MaxBy(p => p.Value).Key, reading.Label);
        Assert.All(reading.Alternatives, a => Assert.InRange(a.Probability, 0, reading.Probability + 1e-6));
        Assert.Equal(reading.Alternatives.Count, reading.Alternatives.Select(a => a.Annotation).Append(reading.Annotation).Distinct().Count() - 1);
        float[] grey = [.. Enumerable.Repeat(0.5f, 100 * 80)];
        Assert.NotNull(annotator.Annotate(grey, 100, 80).Label);
        Assert.Throws<ArgumentException>(() => annotator.Annotate(grey, 100, 81));
        grey[7] = 255;
        Assert.Throws<ArgumentException>(() => annotator.Annotate(grey, 100, 80));

        static async IAsyncEnumerable<string> Slowly(string[] paths)
        {
            foreach (string path in paths)
            {
                await Task.Yield();
                yield return path;
            }
        }
    }

    private static Read Of(RadiographReading reading) =>
        new()
        {
            Annotation = reading.Annotation,
            AnnotationTokens = "",
            AnnotationProbability = (float)reading.Probability,
            ScoreEntropy = (float)reading.ScoreEntropy!.Value,
            Score = [.. reading.LabelProbabilities.Values.Select(v => (float)v)],
            WordProbability = [.. reading.WordProbabilities.Values.Select(v => (float)v)],
        };

    private static void Same(List<Read> expected, List<Read> actual, bool withKeys = true)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            Read e = expected[i],
                a = actual[i];
            Assert.Equal(e.Annotation, a.Annotation);
            if (withKeys)
            {
                Assert.Equal(e.AnnotationTokens, a.AnnotationTokens);
                Assert.Equal(e.PredictedLabel, a.PredictedLabel);
                Assert.Equal(e.Features!, a.Features!, Near(e.Features!));
            }

            Assert.Equal(e.Score!, a.Score!, Near(e.Score!));
            Assert.Equal([e.ScoreEntropy], [a.ScoreEntropy], Near([1]));
            Assert.Equal(e.WordProbability!, a.WordProbability!, Near([1]));
            Assert.Equal([e.AnnotationProbability], [a.AnnotationProbability], Near([1]));
        }

        static Func<float, float, bool> Near(float[] values)
        {
            float scale = Math.Max(values.Max(MathF.Abs), 1e-3f);
            return (x, y) => (float.IsNaN(x) && float.IsNaN(y)) || MathF.Abs(x - y) <= 1e-4f * scale;
        }
    }

    private static List<Read> Rows(MLContext context, IDataView view) => [.. context.Data.CreateEnumerable<Read>(view, reuseRowObject: false)];

    private sealed class PathRow
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Read
    {
        public float[]? Features { get; set; }

        public float[]? Score { get; set; }

        public float ScoreEntropy { get; set; }

        public uint PredictedLabel { get; set; }

        public string Annotation { get; set; } = "";

        public string AnnotationTokens { get; set; } = "";

        public float AnnotationProbability { get; set; }

        public float[]? WordProbability { get; set; }
    }
}
