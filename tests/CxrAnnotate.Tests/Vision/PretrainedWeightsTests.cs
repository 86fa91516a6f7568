using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>The ImageNet weights of ML.NET's package, where they are looked for, and what files that are no weights are told.</summary>
public sealed class PretrainedWeightsTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The file itself, run by ONNX Runtime, is the reference.</summary>
    [Fact]
    public void The_embedding_begins_with_what_ONNX_Runtime_computes_of_the_file()
    {
        string path = ImageNet();
        NativeRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        Assert.Same(CnnArchitecture.ResNet18ImageNet, CnnArchitecture.Recognize(path));
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.ResNet18ImageNet, 3, 4);
        new WeightSource(path, null).Fill(network.state_dict(), new() { RequireAll = true }, null, Assert.Fail, network.Architecture.Published);
        network.eval();
        using var generator = new Generator(5);
        torch.Tensor image = randn([1, 3, 224, 224], generator: generator);
        float[] ours = network.call(image).Embedding.Floats();
        using var session = new InferenceSession(path);
        var input = new DenseTensor<float>(image.Times(network.Architecture.InputScale).Floats(), [1, 3, 224, 224]);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(session.InputMetadata.Keys.Single(), input)]);
        float[] theirs = [.. results[0].AsEnumerable<float>()];
        Assert.Equal(512, theirs.Length);
        Assert.Equal(512 + (4 * 512) + (12 * 256), ours.Length);
        NetworkGraphTests.Close([theirs], ours[..512]);
    }

    /// <summary>A file like that of the package, which needs no package.</summary>
    [Fact]
    public void Tensors_that_are_named_by_numbers_are_matched_by_the_order_of_the_graph()
    {
        NativeRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        CnnArchitecture architecture = CnnArchitecture.ResNet18ImageNet;
        using ImageNetwork theirs = ImageNetwork.Create(architecture, 3, 4, seed: 8),
            ours = ImageNetwork.Create(architecture, 3, 4, seed: 9);
        var tensors = theirs.state_dict();
        string path = Numbered(architecture.GraphOrder);
        Assert.Same(architecture, CnnArchitecture.Recognize(path));
        new WeightSource(path, null).Fill(ours.state_dict(), new() { RequireAll = true }, null, Assert.Fail, architecture.Published);
        foreach (var (name, tensor) in ours.state_dict().Where(t => t.Value.is_floating_point() && !architecture.IsHead(t.Key)))
            Assert.True(tensor.Bytes().AsSpan().SequenceEqual(tensors[name].Bytes()), name);

        // Of another order, or another number of layers, it is no file of this network.
        List<string> swapped = [.. architecture.GraphOrder];
        (swapped[^1], swapped[^2], swapped[2], swapped[3]) = (swapped[3], swapped[2], swapped[^2], swapped[^1]);
        Assert.Contains("an unknown network", Refused(Numbered(swapped)), StringComparison.Ordinal);
        Assert.Contains("an unknown network", Refused(Numbered(architecture.GraphOrder.SkipLast(2))), StringComparison.Ordinal);

        string Numbered(IEnumerable<string> layers)
        {
            var graph = new OnnxGraph("numbered");
            OnnxValue x = graph.Input("data", OnnxType.Single, null, 3, 224, 224);
            int number = 0;
            foreach (string layer in layers)
            {
                bool convolution = tensors[layer + ".weight"].dim() == 4;
                string[] parts = convolution ? ["weight"] : ["weight", "bias", "running_mean", "running_var"];
                OnnxValue[] constants =
                [
                    .. parts.Select(part => (Name: $"Parameter{number++}", Tensor: tensors[$"{layer}.{part}"]))
                        .Select(part => graph.Constant(part.Name, part.Tensor.Floats(), part.Tensor.shape)),
                ];
                x = graph.Node(convolution ? "Conv" : "BatchNormalization", [x, .. constants]);
            }

            graph.Output("features", x, OnnxType.Single, null, 512);
            return _folder.Write("numbered.onnx", OnnxWriter.Write(graph, new OnnxModelInfo("numbered", "test", new Dictionary<string, string>())));
        }
    }

    [Fact]
    public void Stock_trainers_learn_from_the_features_of_the_ImageNet_weights()
    {
        string path = ImageNet();
        var ml = new MLContext(seed: 1);
        IDataView rows = View(ml, 12, seed: 2);
        var pipeline = ml.ChestXray()
            .FeaturizeRadiographs(new FeaturizeRadiographsOptions { Pretrained = path })
            .AppendCacheCheckpoint(ml)
            .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression("IsBright", "Features"));
        var model = pipeline.Fit(rows);
        IDataView read = model.Transform(View(ml, 12, seed: 3));
        Assert.Equal(5632, ((VectorDataViewType)read.Schema["Features"].Type).Size);
        Assert.Equal(1, ml.BinaryClassification.Evaluate(read, "IsBright").Accuracy);

        // Saved and loaded by stock ML.NET, the features are ONNX Runtime's.
        string zip = Path.Combine(_folder.Path, "model.zip");
        ml.Model.Save(model, rows.Schema, zip);
        ITransformer loaded = new MLContext().Model.Load(zip, out _);
        NetworkGraphTests.Close(
            read.GetColumn<float[]>("Features"),
            loaded.Transform(View(ml, 12, seed: 3)).GetColumn<float[]>("Features").SelectMany(row => row)
        );
        ((IDisposable)loaded).Dispose();
        model.Dispose();
    }

    [Fact]
    public void A_training_starts_from_the_weights_and_its_network_is_saved_and_loaded()
    {
        NativeRuntime.EnsureLoaded();
        var ml = new MLContext(seed: 1);
        var told = new List<string>();
        ml.Log += (_, e) => told.Add(e.Message);
        string path = Path.Combine(_folder.Path, "start.safetensors");
        using ImageNetwork start = ImageNetwork.Create(CnnArchitecture.TorchvisionResNet18, 3, 1000, seed: 4);
        SafeTensors.Save(path, start);
        var options = new ClassifyDiseaseOptions
        {
            Architecture = CnnArchitecture.TorchvisionResNet18,
            // The network has three channels, whatever is said here.
            Channels = 1,
            CropSize = 32,
            FineTuning = new() { Weights = path, Frozen = ["conv1", "bn1", "layer1.0"] },
            Optimization = new() { Epochs = 1, BatchSize = 6 },
        };
        IDataView rows = View(ml, 12, seed: 2);
        rows = ml.Transforms.Conversion.MapValueToKey("Label").Fit(rows).Transform(rows);
        using ClassifyDiseaseTransformer trained = ml.ChestXray().ClassifyDisease(options).Fit(rows);
        Assert.DoesNotContain(told, message => message.Contains("Starting from", StringComparison.Ordinal));
        Assert.Equal(start.state_dict()["layer1.0.conv2.weight"].Bytes(), trained.Model.Network.state_dict()["layer1.0.conv2.weight"].Bytes());
        Assert.NotEqual(start.state_dict()["layer4.1.conv2.weight"].Bytes(), trained.Model.Network.state_dict()["layer4.1.conv2.weight"].Bytes());

        CascadeFolder.SaveClassifier(_folder.Path, trained.Model);
        using ClassifierModel loaded = CascadeFolder.LoadClassifier(_folder.Path, CPU);
        float[][] images = [.. rows.GetColumn<float[]>("Image")];
        Assert.Equal(3, loaded.Configuration.Channels);
        Assert.Equal(
            trained.Transform(rows).GetColumn<float[]>("Features").SelectMany(row => row),
            loaded.Score(images.Length, (i, pixels) => images[i].CopyTo(pixels)).Features.SelectMany(row => row)
        );

        // A later training from the first one is of the same network; of another it is refused.
        using ClassifyDiseaseTransformer later = ml.ChestXray().ClassifyDisease(options with { FineTuning = null }).Fit(rows, trained);
        Assert.Throws<ArgumentException>(() =>
            ml.ChestXray().ClassifyDisease(options with { Architecture = CnnArchitecture.TorchvisionResNet34, FineTuning = null }).Fit(rows, trained)
        );
    }

    [Fact]
    public void The_file_is_found_by_its_variable_then_beside_the_application_then_in_the_cache_of_packages()
    {
        const string File = "DnnImageModels/ResNet18Onnx/ResNet18.onnx";
        string application = Path.Combine(_folder.Path, "application"),
            packages = Path.Combine(_folder.Path, "packages");
        string Cached(string version) => $"packages/microsoft.ml.dnnimagefeaturizer.resnet18/{version}/tools/{File}";
        Assert.Null(PretrainedWeights.FindImageNet(application, null, null));
        Assert.Null(PretrainedWeights.FindImageNet(application, null, packages));
        foreach (string version in (string[])["0.9.0", "0.23.1-preview", "0.23.1", "0.22.9", "odd"])
            Write(Cached(version));
        Directory.CreateDirectory(Path.Combine(packages, "microsoft.ml.dnnimagefeaturizer.resnet18", "9.0.0"));
        Assert.Equal(Path.Combine(_folder.Path, Cached("0.23.1")), PretrainedWeights.FindImageNet(application, " ", packages));
        Write("application/" + File);
        Assert.Equal(Path.Combine(application, File), PretrainedWeights.FindImageNet(application, null, packages));
        Write("own.onnx");
        string own = Path.Combine(_folder.Path, "own.onnx");
        Assert.Equal(own, PretrainedWeights.FindImageNet(application, own, packages));
        Assert.Null(PretrainedWeights.FindImageNet(application, own + ".missing", packages));

        void Write(string name)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder.Path, name))!);
            System.IO.File.WriteAllText(Path.Combine(_folder.Path, name), "weights");
        }
    }

    [Fact]
    public void Names_and_paths_are_resolved_and_missing_weights_are_told()
    {
        string path = _folder.Write("weights.pth", [1]);
        Assert.Equal(path, PretrainedWeights.Resolve(path));
        Assert.Equal(_folder.Path, PretrainedWeights.Resolve(_folder.Path));
        foreach (Action missing in (Action[])[() => PretrainedWeights.Resolve(path + ".no"), () => CnnArchitecture.Recognize(path + ".no")])
            Assert.StartsWith("CXR4005", Assert.Throws<FileNotFoundException>(missing).Message, StringComparison.Ordinal);
        if (PretrainedWeights.FindImageNet() is { } found)
            Assert.Equal(found, PretrainedWeights.Resolve("ImageNet"));
        else
            Assert.Contains(
                "dotnet add package Microsoft.ML.DnnImageFeaturizer.ResNet18",
                Assert.Throws<FileNotFoundException>(() => PretrainedWeights.Resolve("ImageNet")).Message,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void Pretrained_and_other_weights_exclude_each_other()
    {
        ChestXrayCatalog cxr = new MLContext().ChestXray();
        Assert.StartsWith(
            "CXR1003",
            Assert.Throws<ArgumentException>(() => cxr.FeaturizeRadiographs(new() { Pretrained = "imagenet", Weights = "a" })).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentOutOfRangeException>(() => cxr.FeaturizeRadiographs(new() { Pretrained = " " }));
        Assert.Throws<ArgumentException>(() => cxr.FeaturizeRadiographs(new()));
    }

    [Fact]
    public void A_saved_network_is_recognized_by_its_configuration_and_its_file_by_its_tensors()
    {
        NativeRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.ResNet18ImageNet, 3, 2);
        string path = Path.Combine(_folder.Path, "classifier.safetensors");
        SafeTensors.Save(path, network);
        Assert.Same(CnnArchitecture.ResNet18ImageNet, CnnArchitecture.Recognize(path));

        string iteration = Path.Combine(_folder.Path, "run", "iteration-2");
        var configuration = new ClassifierConfiguration
        {
            Architecture = CnnArchitecture.ResNet18,
            EmbeddingSize = 1024,
            Labels = ["normal", "nodule"],
            Height = 64,
            Width = 64,
            CropSize = 56,
            Channels = 1,
            BatchNormalization = true,
            Dropout = 0,
        };
        Directory.CreateDirectory(iteration);
        File.WriteAllText(Path.Combine(_folder.Path, "run", "cascade.json"), """{"chosenIteration":2}""");
        File.WriteAllText(Path.Combine(iteration, "classifier.json"), configuration.ToJson());
        Assert.Same(CnnArchitecture.ResNet18, CnnArchitecture.Recognize(Path.Combine(_folder.Path, "run")));
    }

    [Fact]
    public void Weights_with_numbers_that_are_not_finite_are_refused_by_name()
    {
        NativeRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.TorchvisionResNet18, 3, 2);
        network.state_dict()["layer2.1.bn2.bias"].Fill(bytes => bytes.Fill(0xFF));
        string path = Path.Combine(_folder.Path, "nan.safetensors");
        SafeTensors.Save(path, network);
        string message = Refused(path);
        Assert.StartsWith("CXR5006", message, StringComparison.Ordinal);
        Assert.Contains("'layer2.1.bn2.bias'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_that_are_not_known_are_described_and_other_files_refused()
    {
        NativeRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.TorchvisionResNet18, 3, 2);
        var tensors = network.state_dict().ToDictionary(t => t.Key, t => t.Value);
        foreach (string name in tensors.Keys.Where(name => name.StartsWith("layer3.1.", StringComparison.Ordinal)).ToArray())
            tensors[name.Replace("layer3.1.", "layer3.2.", StringComparison.Ordinal)] = tensors[name];
        string path = Path.Combine(_folder.Path, "other.safetensors");
        SafeTensors.Save(path, tensors);
        Assert.Contains("a residual network with basic blocks 2, 2, 3, 2 and 3 channels", Refused(path), StringComparison.Ordinal);
        // Wider blocks have the same names.
        tensors["layer1.0.conv2.weight"] = zeros(128, 128, 3, 3);
        SafeTensors.Save(path, tensors);
        Assert.Contains("an unknown network", Refused(path), StringComparison.Ordinal);
        byte[] whole = File.ReadAllBytes(path);
        Assert.StartsWith("CXR5006", Refused(_folder.Write("cut.safetensors", whole[..(whole.Length / 2)])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pickle_that_wants_to_run_something_is_refused_by_its_name()
    {
        byte[] pickle = new PickleWriter().Global("os", "system").Op('(').Text("touch hacked").Op('t').Op('R').Stop();
        string message = Refused(_folder.Write("hostile.pth", PickleWriter.Archive(pickle)));
        Assert.StartsWith("CXR5006", message, StringComparison.Ordinal);
        Assert.Contains("os.system", message, StringComparison.Ordinal);
    }

    /// <summary>A header that claims 10 GB, in each format, is refused before anything is allocated.</summary>
    [Theory]
    [InlineData("safetensors")]
    [InlineData("tensor")]
    [InlineData("onnx")]
    [InlineData("torch")]
    public void A_header_that_claims_ten_gigabytes_is_refused_in_bounded_memory(string kind)
    {
        const long Claimed = 10L << 30;
        byte[] bytes = kind switch
        {
            "safetensors" => [.. BitConverter.GetBytes(Claimed), .. "{}"u8],
            "tensor" => Tensor(),
            // The graph (field 7) of 10 GB.
            "onnx" => [0x08, 0x08, 0x3A, 0x80, 0x80, 0x80, 0x80, 0x28, 0x00],
            _ => PickleWriter.Archive(
                new PickleWriter().Ordered().Op('(').Text("conv1.weight").Tensor("0", "FloatStorage", [Claimed / 4]).Op('u').Stop(),
                ("0", PickleWriter.Bytes(1, 2))
            ),
        };
        string path = _folder.Write("large.weights", bytes);
        NativeRuntime.EnsureLoaded();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.StartsWith("CXR5006", Refused(path), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4L << 20);

        static byte[] Tensor()
        {
            byte[] header = System.Text.Encoding.UTF8.GetBytes(
                $$$"""{"conv1.weight":{"dtype":"F32","shape":[{{{Claimed / 4}}}],"data_offsets":[0,{{{Claimed}}}]}}"""
            );
            return [.. BitConverter.GetBytes((long)header.Length), .. header];
        }
    }

    /// <summary>What a user is told who wants features from a file.</summary>
    private static string Refused(string path)
    {
        var ml = new MLContext(seed: 1);
        return Assert
            .Throws<InvalidDataException>(() => ml.ChestXray().FeaturizeRadiographs(new() { Pretrained = path }).Fit(View(ml, 2, seed: 1)))
            .Message;
    }

    private static string ImageNet()
    {
        string? path = PretrainedWeights.FindImageNet();
        Assert.SkipWhen(path is null, "The package Microsoft.ML.DnnImageFeaturizer.ResNet18 is not on this machine (CXR_IMAGENET names its file).");
        return path!;
    }

    /// <summary>Images of noise, every second one brighter in the middle.</summary>
    private static IDataView View(MLContext ml, int count, int seed)
    {
        var random = new Random(seed);
        return ml.Data.LoadFromEnumerable(
            Enumerable
                .Range(0, count)
                .Select(i => new Row
                {
                    IsBright = i % 2 == 0,
                    Label = i % 2 == 0 ? "bright" : "dark",
                    Image =
                    [
                        .. Enumerable
                            .Range(0, 64 * 64)
                            .Select(p => (random.NextSingle() / 2) + (i % 2 == 0 && p / 64 is > 16 and < 48 && p % 64 is > 16 and < 48 ? 0.5f : 0)),
                    ],
                })
                .ToArray()
        );
    }

    private sealed class Row
    {
        [VectorType(1, 64, 64)]
        public float[] Image { get; set; } = [];

        public bool IsBright { get; set; }

        public string Label { get; set; } = "";
    }
}
