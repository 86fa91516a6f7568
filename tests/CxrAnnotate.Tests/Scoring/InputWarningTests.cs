using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace CxrAnnotate.Tests;

/// <summary>A trained cascade in all its forms warns of images that differ from its training images.</summary>
public sealed class InputWarningTests
{
    [Fact]
    public void The_annotator_and_the_stage_warn_of_inverted_and_lateral_images_and_of_no_others()
    {
        using var folder = new ScratchFolder();
        var log = new List<string>();
        var context = new MLContext(seed: 1);
        context.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Warning)
            {
                lock (log)
                    log.Add(e.Message);
            }
        };
        IDataView rows = SmallCascade.WritePhantoms(context, folder.Path);
        using RecurrentCascadeTransformer cascade = context.ChestXray().RecurrentCascade(SmallCascade.Options()).Fit(rows);
        string onnx = Path.Combine(folder.Path, "cascade.onnx"),
            zip = Path.Combine(folder.Path, "model.zip"),
            saved = Path.Combine(folder.Path, "saved");
        cascade.SaveOnnx(onnx);
        context.Model.Save(cascade, rows.Schema, zip);
        cascade.Save(saved);

        var phantom = new ChestPhantom(
            new ChestPhantomOptions
            {
                Size = 64,
                Seed = 77,
                Studies = 4,
            }
        );
        string sound = Path.Combine(folder.Path, "sound.png"),
            inverted = Path.Combine(folder.Path, "inverted.png"),
            lateral = Path.Combine(folder.Path, "lateral.dcm"),
            frontal = Path.Combine(folder.Path, "frontal.dcm");
        byte[] grey = phantom.Render(0).Pixels;
        RadiographWriter.SavePng(sound, grey, 64, 64);
        RadiographWriter.SavePng(inverted, [.. grey.Select(p => (byte)(255 - p))], 64, 64);
        DicomFileWriter.Save(lateral, grey, 64, 64, "a", "s", "p", "LL", "m");
        DicomFileWriter.Save(frontal, grey, 64, 64, "b", "s", "p", "PA", "m");
        // Bytes after the image: read, with a warning.
        string trailing = Path.Combine(folder.Path, "trailing.dcm");
        File.WriteAllBytes(trailing, [.. File.ReadAllBytes(frontal), .. "after"u8]);

        foreach (string model in (string[])[onnx, zip])
        {
            using var annotator = RadiographAnnotator.Load(model);
            IReadOnlyList<InputWarning>[] warnings =
            [
                .. annotator
                    .Annotate([sound, inverted, lateral, frontal], TestContext.Current.CancellationToken)
                    .Select(item => item.Reading!.Warnings),
            ];
            Assert.Equal<InputWarningKind[]>(
                [
                    [],
                    [InputWarningKind.LooksInverted],
                    [InputWarningKind.LateralView],
                    [],
                ],
                [.. warnings.Select(w => w.Select(x => x.Kind).ToArray())]
            );
            Assert.Equal(warnings[2][0], Assert.Single(annotator.Annotate(lateral).Warnings));
            InputWarning lenient = Assert.Single(annotator.Annotate(trailing).Warnings);
            Assert.Equal(InputWarningKind.ReadLeniently, lenient.Kind);
            Assert.EndsWith("the 5 bytes after its image are left out.", lenient.Message, StringComparison.Ordinal);
            Assert.Equal(lenient, Assert.Single(annotator.Annotate([trailing], TestContext.Current.CancellationToken).Single().Reading!.Warnings));
            using (var strict = RadiographAnnotator.Load(model, new() { Strict = true }))
            {
                AnnotatedRadiograph[] items = [.. strict.Annotate([trailing, frontal, sound], TestContext.Current.CancellationToken)];
                Assert.Equal([false, true, true], items.Select(item => item.Reading is not null));
                Assert.StartsWith("CXR2102: its data set is broken", items[0].Reason, StringComparison.Ordinal);
            }

            using FileStream stream = File.OpenRead(lateral);
            Assert.Equal(warnings[2][0], Assert.Single(annotator.Annotate(stream).Warnings));
            Assert.Equal(
                InputWarningKind.LooksInverted,
                Assert.Single(annotator.Annotate([.. grey.Select(p => 1 - (p / 255f))], 64, 64).Warnings).Kind
            );
        }

        using RecurrentCascadeTransformer loaded = context.ChestXray().LoadCascade(saved);
        foreach (RecurrentCascadeTransformer reader in (RecurrentCascadeTransformer[])[cascade, loaded])
        {
            log.Clear();
            IDataView view = context
                .ChestXray()
                .Data.LoadRecords([
                    new() { ImagePath = sound, View = "PA" },
                    new() { ImagePath = inverted },
                    new() { ImagePath = sound, View = "LATERAL" },
                ]);
            IDataView scored = reader.Transform(view);
            Assert.Equal(3, scored.GetColumn<string>("Annotation").Count());
            Assert.Equal(3, scored.GetColumn<string>("Annotation").Count());
            Assert.Single(log, message => message.Contains("1 of 3 radiographs look inverted", StringComparison.Ordinal));
            Assert.Single(log, message => message.Contains("1 of 3 radiographs are lateral views", StringComparison.Ordinal));
            Assert.Equal(2, log.Count);
        }
    }

    [Fact]
    public void A_model_without_statistics_warns_of_nothing_and_one_with_invalid_statistics_is_rejected()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        IDataView rows = SmallCascade.WritePhantoms(context, folder.Path);
        using RecurrentCascadeTransformer cascade = context.ChestXray().RecurrentCascade(SmallCascade.Options() with { Iterations = 1 }).Fit(rows);
        string saved = Path.Combine(folder.Path, "saved"),
            file = Path.Combine(saved, "iteration-1", "classifier.json");
        cascade.Save(saved);
        ClassifierConfiguration configuration = ClassifierConfiguration.Read(file);
        Assert.Equal(40, configuration.Trained!.Count);
        Assert.Equal(40, configuration.Trained.Frontal);
        Write(configuration with { Trained = configuration.Trained with { Inverted = 2 } });
        Assert.Contains(
            "classifier.json",
            Assert.Throws<InvalidDataException>(() => context.ChestXray().LoadCascade(saved)).Message,
            StringComparison.Ordinal
        );

        Write(configuration with { Trained = null });
        using RecurrentCascadeTransformer before = context.ChestXray().LoadCascade(saved);
        string onnx = Path.Combine(folder.Path, "before.onnx");
        before.SaveOnnx(onnx);
        using var annotator = RadiographAnnotator.Load(onnx);
        Assert.Empty(annotator.Annotate(new float[64 * 64], 64, 64).Warnings);

        void Write(ClassifierConfiguration changed)
        {
            File.WriteAllText(file, changed.ToJson());
            FolderManifest.Write(saved, FolderManifest.Cascade);
        }
    }
}
