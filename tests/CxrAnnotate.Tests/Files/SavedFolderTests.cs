using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

/// <summary>A cascade trained once, saved as a folder and as both files.</summary>
public sealed class SavedCascade : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public SavedCascade()
    {
        MLContext context = new(1);
        using RecurrentCascadeTransformer cascade = context
            .ChestXray()
            .RecurrentCascade(SmallCascade.Options())
            .Fit(SmallCascade.WritePhantoms(context, _folder.Path));
        cascade.Save(Run);
        cascade.SaveOnnx(Onnx);
        context.ChestXray().SaveModel(cascade, context.Data.LoadFromEnumerable<Row>([]).Schema, Archive);
    }

    internal string Run => Path.Combine(_folder.Path, "run");

    internal string Onnx => Path.Combine(_folder.Path, "cascade.onnx");

    internal string Archive => Path.Combine(_folder.Path, "model.zip");

    public void Dispose() => _folder.Dispose();

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
    }
}

public sealed class SavedFolderTests(SavedCascade saved) : IClassFixture<SavedCascade>, IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_flipped_bit_in_any_file_of_a_cascade_is_found_and_the_file_named()
    {
        string run = Copy("run");
        string[] files = Names(run);
        Assert.Equal(11, files.Length);
        (
            from file in Gen.Int[0, files.Length - 1]
            from place in Gen.Double[0, 0.999999]
            from bit in Gen.Int[0, 7]
            select (files[file], place, bit)
        ).Sample(
            flip =>
            {
                (string file, double place, int bit) = flip;
                string path = Path.Combine(run, file);
                long at = (long)(place * new FileInfo(path).Length);
                Flip(path, at, bit);
                try
                {
                    Refused(run, file);
                }
                finally
                {
                    Flip(path, at, bit);
                }
            },
            threads: 1
        );
        Load(run);
    }

    [Fact]
    public void Every_bit_of_the_small_files_counts()
    {
        string run = Copy("run");
        foreach (string file in Names(run).Where(name => name.EndsWith("manifest.json", StringComparison.Ordinal)))
        {
            string path = Path.Combine(run, file);
            byte[] content = File.ReadAllBytes(path);
            for (int bit = 0; bit < content.Length * 8; bit++)
            {
                content[bit / 8] ^= (byte)(1 << (bit % 8));
                File.WriteAllBytes(path, content);
                content[bit / 8] ^= (byte)(1 << (bit % 8));
                var error = Assert.ThrowsAny<InvalidDataException>(() => FolderManifest.ReadVerified(run, FolderManifest.Cascade));
                Assert.Contains(file, error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_single_file_is_read_with_its_hash_or_rejected()
    {
        string run = Copy("run"),
            path = Path.Combine(run, RunFiles.Onnx);
        byte[] written = File.ReadAllBytes(path);
        var (content, sha256) = FolderManifest.ReadFile(run, FolderManifest.Cascade, RunFiles.Onnx);
        Assert.Equal(written, content);
        Assert.Equal(FileHash.Of(path), sha256);
        File.WriteAllBytes(Path.Combine(run, "other.onnx"), written);
        Refuse("other.onnx");
        foreach (byte[] damaged in (byte[][])[[], [.. written, 0], [.. written[..^1], (byte)~written[^1]]])
        {
            File.WriteAllBytes(path, damaged);
            Refuse(RunFiles.Onnx);
        }

        File.Delete(path);
        Refuse(RunFiles.Onnx);

        void Refuse(string name) =>
            Assert.Contains(
                name,
                Assert.Throws<InvalidDataException>(() => FolderManifest.ReadFile(run, FolderManifest.Cascade, name)).Message,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void A_file_that_is_truncated_emptied_lengthened_or_removed_is_named()
    {
        foreach (string file in Names(saved.Run))
        {
            string run = Copy("run"),
                path = Path.Combine(run, file);
            byte[] content = File.ReadAllBytes(path);
            foreach (byte[] damaged in (byte[][])[content[..^1], content[..(content.Length / 2)], [], [.. content, 0]])
            {
                File.WriteAllBytes(path, damaged);
                Refused(run, file);
            }

            File.Delete(path);
            if (file == RunFiles.Onnx)
                Assert.Contains(file, Load(run), StringComparison.Ordinal); // The networks exist, and it is made from them.
            else
                Refused(run, file);
            Directory.Delete(run, recursive: true);
        }
    }

    [Fact]
    public void Files_exchanged_between_iterations_or_runs_are_found()
    {
        string run = Copy("run"),
            other = Copy("other");
        foreach (string name in (string[])["classifier.json", "classifier.safetensors", "decoder.json", "decoder.safetensors"])
        {
            string first = Path.Combine(run, "iteration-1", name),
                second = Path.Combine(run, "iteration-2", name);
            if (File.ReadAllBytes(first).AsSpan().SequenceEqual(File.ReadAllBytes(second)))
                continue;
            Swap(first, second);
            Assert.Contains(name, Assert.ThrowsAny<InvalidDataException>(() => Load(run)).Message, StringComparison.Ordinal);
            Swap(first, second);
        }

        // Another run that is valid by itself.
        MLContext context = new(1);
        using (RecurrentCascadeTransformer cascade = context.ChestXray().LoadCascade(run))
            cascade.AtIteration(1).Save(other);
        Load(other);
        File.Copy(Path.Combine(other, "cascade.json"), Path.Combine(run, "cascade.json"), overwrite: true);
        Refused(run, "cascade.json");
        File.Copy(Path.Combine(other, "manifest.json"), Path.Combine(run, "manifest.json"), overwrite: true);
        Refused(run, RunFiles.Onnx);
        File.Copy(Path.Combine(other, RunFiles.Onnx), Path.Combine(run, RunFiles.Onnx), overwrite: true);
        Load(run);
    }

    [Fact]
    public void A_folder_without_a_manifest_is_loaded_with_a_warning()
    {
        string run = Copy("run"),
            file = Path.Combine(run, "cascade.json");
        File.Delete(Path.Combine(run, "manifest.json"));
        Refused(run, "manifest.json");
        JsonNode content = JsonNode.Parse(File.ReadAllText(file))!;
        content.AsObject().Remove("hasManifest");
        File.WriteAllText(file, content.ToJsonString());
        Assert.Contains("without checksums", Load(run), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_beside_the_model_are_checked_and_may_be_absent()
    {
        string run = Copy("run"),
            extra = Path.Combine(run, "evaluation.json");
        File.WriteAllText(extra, "{\"images\": 3}");
        FolderManifest.Add(run, "evaluation.json");
        Assert.Empty(Load(run));
        Flip(extra, 5, 1);
        Refused(run, "evaluation.json");
        File.Delete(extra);
        Assert.Contains("evaluation.json", Load(run), StringComparison.Ordinal);
    }

    [Fact]
    public void Saving_over_an_earlier_run_removes_its_files_and_keeps_all_others()
    {
        string run = Copy("run");
        File.WriteAllText(Path.Combine(run, "train.json"), "{}");
        FolderManifest.Add(run, "train.json");
        File.WriteAllText(Path.Combine(run, "notes.txt"), "mine");
        File.WriteAllText(Path.Combine(run, "iteration-2", "thesis.doc"), "mine");
        MLContext context = new(1);
        using (RecurrentCascadeTransformer cascade = context.ChestXray().LoadCascade(run))
        {
            var first = new RecurrentCascadeTransformer(
                context,
                cascade.Mining,
                cascade.Loading,
                cascade.Input,
                [cascade.Models[0]],
                [cascade.Iterations[0]],
                1
            );
            first.Save(run);
        }

        Assert.Equal(
            [
                "cascade.json",
                "cascade.onnx",
                "iteration-1/classifier.json",
                "iteration-1/classifier.safetensors",
                "iteration-1/decoder.json",
                "iteration-1/decoder.safetensors",
                "iteration-2/thesis.doc",
                "manifest.json",
                "notes.txt",
            ],
            Names(run)
        );
        Load(run);
    }

    [Fact]
    public void A_flipped_bit_in_an_exported_model_is_found()
    {
        foreach (string model in (string[])[saved.Onnx, saved.Archive])
        {
            string path = Path.Combine(_folder.Path, Path.GetFileName(model));
            File.Copy(model, path);
            int harmless = 0;
            (from place in Gen.Double[0, 0.999999] from bit in Gen.Int[0, 7] select (place, bit)).Sample(
                flip =>
                {
                    long at = (long)(flip.place * new FileInfo(path).Length);
                    Flip(path, at, flip.bit);
                    try
                    {
                        if (path.EndsWith(".onnx", StringComparison.Ordinal))
                            RadiographAnnotator.Load(path).Dispose();
                        else
                            new MLContext(1).ChestXray().LoadModel(path, out _);
                        harmless++;
                    }
                    catch (InvalidDataException e)
                    {
                        Assert.Contains(path, e.Message, StringComparison.Ordinal);
                    }
                    finally
                    {
                        Flip(path, at, flip.bit);
                    }
                },
                threads: 1
            );
            if (path.EndsWith(".onnx", StringComparison.Ordinal))
                Assert.Equal(0, harmless);
        }
    }

    /// <summary>
    /// Every value of every document of a cascade is in turn made null, an impossible number, an empty text: the document is rejected by name, or the
    /// value is allowed.
    /// </summary>
    [Theory]
    [InlineData("cascade.json")]
    [InlineData("iteration-1/classifier.json")]
    [InlineData("iteration-2/decoder.json")]
    public void A_document_with_impossible_values_is_rejected_by_name(string file)
    {
        string run = Copy("run"),
            path = Path.Combine(run, file),
            cascade = Path.Combine(run, "cascade.json");
        File.Delete(Path.Combine(run, "manifest.json"));
        File.WriteAllText(cascade, File.ReadAllText(cascade).Replace("\"hasManifest\": true", "\"hasManifest\": false", StringComparison.Ordinal));
        string[] damages = [.. JsonDamage.Of(File.ReadAllText(path), most: 1000)],
            accepted =

            [
                .. damages.Where(damage =>
                {
                    File.WriteAllText(path, damage);
                    return file == "cascade.json"
                        || Accepts(() =>
                            _ = file.EndsWith("classifier.json", StringComparison.Ordinal)
                                ? (object)ClassifierConfiguration.Read(path)
                                : DecoderConfiguration.Read(path)
                        );
                }),
            ];

        // A value that is accepted by itself must fit the rest of the cascade or make no difference.
        int loaded = 0;
        foreach (string damage in accepted.Where((_, i) => i % (1 + (accepted.Length / 40)) == 0))
        {
            File.WriteAllText(path, damage);
            loaded += Accepts(() => Load(run)) ? 1 : 0;
        }

        Assert.True(
            file == "cascade.json" ? loaded < 30 : accepted.Length < damages.Length / 2,
            $"{accepted.Length} of {damages.Length} were accepted, {loaded} loaded."
        );

        bool Accepts(Action read)
        {
            try
            {
                read();
                return true;
            }
            catch (InvalidDataException e)
            {
                Assert.Contains(run, e.Message, StringComparison.Ordinal);
                return false;
            }
        }
    }

    [Fact]
    public void Metadata_with_impossible_values_is_rejected_by_name()
    {
        MLContext context = new(1);
        using RecurrentCascadeTransformer cascade = context.ChestXray().LoadCascade(saved.Run);
        string text = OnnxText(saved.Onnx);
        CascadeGraphInfo.Read(text, "m.onnx");
        foreach (string damaged in JsonDamage.Of(text, most: 2000))
        {
            try
            {
                CascadeGraphInfo.Read(damaged, "m.onnx");
            }
            catch (InvalidDataException e)
            {
                Assert.Contains("m.onnx", e.Message, StringComparison.Ordinal);
            }
        }

        foreach (string list in (string[])["labels", "words", "reportedWords"])
        {
            JsonNode node = JsonNode.Parse(text)!;
            node[list]!.AsArray()[0] = null;
            Assert.Throws<InvalidDataException>(() => CascadeGraphInfo.Read(node.ToJsonString(), "m.onnx"));
        }
    }

    private static string OnnxText(string path)
    {
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(path);
        return session.ModelMetadata.CustomMetadataMap[CascadeGraphInfo.MetadataKey];
    }

    private string Copy(string name)
    {
        string target = Path.Combine(_folder.Path, name);
        foreach (string file in Names(saved.Run))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(target, file))!);
            File.Copy(Path.Combine(saved.Run, file), Path.Combine(target, file), overwrite: true);
        }

        return target;
    }

    private static string[] Names(string folder) =>
        [
            .. Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Loads; returns the warnings.</summary>
    private static string Load(string run)
    {
        var warnings = new StringBuilder();
        MLContext context = new(1);
        context.Log += (_, message) =>
        {
            if (message.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                warnings.AppendLine(message.RawMessage);
        };
        context.ChestXray().LoadCascade(run).Dispose();
        return warnings.ToString();
    }

    private static void Refused(string run, string file) =>
        Assert.Contains(
            Path.Combine(run, file).Replace('\\', '/'),
            Assert.ThrowsAny<InvalidDataException>(() => Load(run)).Message.Replace('\\', '/'),
            StringComparison.Ordinal
        );

    private static void Flip(string path, long at, int bit)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = at;
        int value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value ^ (1 << bit)));
    }

    private static void Swap(string first, string second)
    {
        byte[] content = File.ReadAllBytes(first);
        File.Copy(second, first, overwrite: true);
        File.WriteAllBytes(second, content);
    }
}
