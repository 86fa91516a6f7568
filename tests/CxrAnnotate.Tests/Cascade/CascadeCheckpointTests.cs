using System.Collections.Concurrent;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

public sealed class CascadeCheckpointTests
{
    private static readonly ConcurrentDictionary<int, IDataView> _drawn = new();

    [Fact]
    public void A_cascade_interrupted_in_every_stage_ends_with_the_same_bits_and_reports()
    {
        using var folder = new ScratchFolder();
        RequireResumable(Small(), folder.Path);

        // Errors name different data, options or seeds.
        RecurrentCascadeOptions resume = Small() with
        {
            Checkpoints = new() { Folder = folder.Path, Resume = true },
        };
        Assert.Contains("Seed was 6 and is 7", Refused(resume with { Seed = 7 }), StringComparison.Ordinal);
        Assert.Contains("FeatureViews was 1 and is 2", Refused(resume with { FeatureViews = 2 }), StringComparison.Ordinal);
        Assert.Contains("training rows was ", Refused(resume, studies: 49), StringComparison.Ordinal);
        Assert.Contains("Resume", Refused(resume with { Checkpoints = new() { Folder = folder.Path } }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TransferMode.Frozen)]
    [InlineData(TransferMode.FineTuned)]
    public void A_cascade_from_pretrained_weights_interrupted_in_every_stage_ends_with_the_same_bits_and_reports(TransferMode mode)
    {
        using ScratchFolder folder = new(),
            weights = new();
        using (RecurrentCascadeTransformer first = Fit(Small() with { Iterations = 1 }))
            first.Save(weights.Path);
        RecurrentCascadeOptions options = Small() with { Seed = 8 };
        RequireResumable(
            options with
            {
                Classifier = options.Classifier with
                {
                    Pretrained = weights.Path,
                    Augmentation = options.Classifier.Augmentation with { Mirror = 0.5 },
                    Transfer = new()
                    {
                        Mode = mode,
                        Views = 1,
                        Heads = new TransferOptions().Heads with { Epochs = 4 },
                    },
                },
            },
            folder.Path
        );
    }

    [Fact]
    public void A_training_can_start_from_a_saved_cascade_and_frozen_layers_stay_unchanged_in_both_iterations()
    {
        using var folder = new ScratchFolder();
        using RecurrentCascadeTransformer first = Fit(Small() with { Iterations = 1 });
        first.Save(folder.Path);
        RecurrentCascadeOptions options = Small() with { Seed = 8 };
        options = options with
        {
            Classifier = options.Classifier with
            {
                FineTuning = new()
                {
                    Weights = folder.Path,
                    Frozen = ["stem", "stem_norm", "stages.stage0_0"],
                    RequireAll = true,
                },
            },
            Decoder = options.Decoder with
            {
                FineTuning = new() { Weights = folder.Path, Frozen = ["projection"] },
            },
        };
        using RecurrentCascadeTransformer second = Fit(options);
        Dictionary<string, TorchSharp.torch.Tensor> images = first.Models[0].Classifier.Network.state_dict(),
            words = first.Models[0].Decoder.Module.state_dict();
        foreach (CascadeModel model in second.Models)
        {
            foreach (string name in (string[])["stem.weight", "stem_norm.running_var", "stages.stage0_0.conv2.weight"])
                Assert.Equal(images[name].Bytes(), model.Classifier.Network.state_dict()[name].Bytes());
            Assert.NotEqual(
                images["stages.stage0_1.conv2.weight"].Bytes(),
                model.Classifier.Network.state_dict()["stages.stage0_1.conv2.weight"].Bytes()
            );
            Assert.Equal(words["projection"].Bytes(), model.Decoder.Module.state_dict()["projection"].Bytes());
            Assert.NotEqual(words["output"].Bytes(), model.Decoder.Module.state_dict()["output"].Bytes());
        }

        string weights = Path.Combine(folder.Path, "iteration-1", "classifier.safetensors");
        byte[] whole = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, whole[..5000]);
        Assert.Contains(weights, Assert.Throws<InvalidDataException>(() => Fit(options)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(weights, whole);
        Assert.Contains(
            "hidden size",
            Assert
                .Throws<InvalidOperationException>(() =>
                    Fit(options with { Classifier = Small().Classifier, Decoder = options.Decoder with { HiddenSize = 24 } })
                )
                .Message,
            StringComparison.Ordinal
        );
    }

    /// <summary>Interrupts a training once in each of its stages, and compares the result with that of a training in one go.</summary>
    private static void RequireResumable(RecurrentCascadeOptions options, string folder)
    {
        using ScratchFolder logs = new();
        string inOneGo = Path.Combine(logs.Path, "whole.jsonl"),
            interrupted = Path.Combine(logs.Path, "interrupted.jsonl");
        using TrainingLog log = TrainingLog.Open(inOneGo, append: false);
        using RecurrentCascadeTransformer whole = Fit(options with { EpochProgress = log });
        var stages = new List<string>();
        int times = 0;
        RecurrentCascadeTransformer? resumed = null;
        while (resumed is null)
        {
            var breaking = new Breaking(stages, after: 3 + (times++ % 3));
            using TrainingLog resuming = TrainingLog.Open(interrupted, append: true);
            try
            {
                resumed = Fit(
                    options with
                    {
                        Checkpoints = new()
                        {
                            Folder = folder,
                            Resume = true,
                            EveryEpochs = 2,
                        },
                        Progress = breaking,
                        EpochProgress = resuming,
                    }
                );
            }
            catch (TimeoutException)
            {
                // Like a killed process.
            }
        }

        using (resumed)
        {
            Assert.Equal(7, stages.Count);
            Assert.Equal(TrainingLog.Read(inOneGo).Select(WithoutTimes), TrainingLog.Read(interrupted).Select(WithoutTimes));
            Assert.Equal(whole.Models.Count, resumed.Models.Count);
            foreach (var (a, b) in whole.Models.Zip(resumed.Models))
            {
                Assert.Equal(ResumedTrainingTests.Bits(a.Classifier.Network), ResumedTrainingTests.Bits(b.Classifier.Network));
                Assert.Equal(ResumedTrainingTests.Bits(a.Decoder.Module), ResumedTrainingTests.Bits(b.Decoder.Module));
                Assert.Equal(a.Classifier.Configuration.ToJson(), b.Classifier.Configuration.ToJson());
                Assert.Equal(a.Decoder.Configuration.ToJson(), b.Decoder.Configuration.ToJson());
            }

            foreach (var (a, b) in whole.Iterations.Zip(resumed.Iterations))
            {
                Assert.Equal(a.Labels, b.Labels);
                Assert.Equal((a.ValidationDisease, a.ValidationContext, a.Evidence), (b.ValidationDisease, b.ValidationContext, b.Evidence));
                Assert.Equal(a.Classifier!.Epochs.Select(e => e.TrainLoss), b.Classifier!.Epochs.Select(e => e.TrainLoss));
                Assert.Equal(a.Decoder!.Epochs.Select(e => e.TrainLoss), b.Decoder!.Epochs.Select(e => e.TrainLoss));
            }
        }
    }

    private static TrainingEpoch WithoutTimes(TrainingEpoch epoch) => epoch with { Seconds = 0, ImagesPerSecond = 0, Time = default };

    private static string Refused(RecurrentCascadeOptions options, int studies = 50) =>
        Assert.Throws<InvalidOperationException>(() => Fit(options, studies)).Message;

    private static RecurrentCascadeTransformer Fit(RecurrentCascadeOptions options, int studies = 50)
    {
        ChestXrayCatalog cxr = new MLContext(seed: 4).ChestXray();
        return cxr.RecurrentCascade(options)
            .Fit(
                _drawn.GetOrAdd(
                    studies,
                    _ =>
                        new MLContext().Data.Cache(
                            cxr.Data.CreatePhantom(
                                new ChestPhantomOptions
                                {
                                    Studies = studies,
                                    Size = 64,
                                    NormalFraction = 0.4,
                                    Headings = ["Cardiomegaly", "Pleural Effusion"],
                                }
                            )
                        )
                )
            );
    }

    private static RecurrentCascadeOptions Small() =>
        new()
        {
            ValidationFraction = 0.2,
            FeatureViews = 1,
            Mining = new() { MinimumCases = 5 },
            Relabeling = new() { MinimumClusterSize = 4, MinimumSilhouette = 0 },
            Classifier = new()
            {
                CropSize = 40,
                Dropout = 0.2,
                Threads = 1,
                Optimization = new()
                {
                    Epochs = 2,
                    BatchSize = 16,
                    WeightAverage = 0.9,
                },
            },
            Decoder = new()
            {
                HiddenSize = 16,
                Optimization = new()
                {
                    Epochs = 3,
                    BatchSize = 16,
                    Patience = 2,
                },
            },
            Seed = 6,
        };

    /// <summary>Throws once in each stage, after some reports.</summary>
    private sealed class Breaking(List<string> stages, int after) : IProgress<CascadeProgress>
    {
        private int _reports;

        public void Report(CascadeProgress value)
        {
            if (!value.Stage.StartsWith("iteration", StringComparison.Ordinal) || stages.Contains(value.Stage))
                return;
            bool trained = value.Stage.Contains("network", StringComparison.Ordinal) || value.Stage.Contains("decoder", StringComparison.Ordinal);
            if (trained && ++_reports < after)
                return;
            stages.Add(value.Stage);
            throw new TimeoutException();
        }
    }
}
