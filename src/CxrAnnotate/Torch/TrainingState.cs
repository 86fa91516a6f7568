using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>The state of a training between two epochs without the tensors: the content of a checkpoint's training.json.</summary>
internal sealed record TrainingState
{
    internal const string FileName = "training.json";

    /// <summary>Which network is trained: "classifier" or "decoder".</summary>
    public required string Network { get; init; }

    /// <summary>Completed epochs; the schedule and all random choices of an epoch follow from its number.</summary>
    public required int EpochsDone { get; init; }

    /// <summary>Whether the training is finished: only the kept weights are stored, no other state.</summary>
    public required bool Finished { get; init; }

    /// <summary>The best validation score so far, and its epoch (from 1), for early stopping.</summary>
    public required double BestScore { get; init; }

    public required int BestEpoch { get; init; }

    /// <summary>Steps of the optimizer.</summary>
    public required long OptimizerSteps { get; init; }

    /// <summary>Steps of the weight average.</summary>
    public required long AverageSteps { get; init; }

    public required IReadOnlyList<EpochReport> Epochs { get; init; }

    internal string ToJson() => JsonSerializer.Serialize(this, TrainingStateJson.Default.TrainingState);

    /// <exception cref="InvalidDataException">The file is not a training's state.</exception>
    internal static TrainingState Read(string path)
    {
        return ModelJson.Read(
            path,
            TrainingStateJson.Default.TrainingState,
            read =>
                read.Network is not ("classifier" or "decoder") ? "it names no network"
                : read is not { EpochsDone: > 0, BestEpoch: >= 0, OptimizerSteps: >= 0, AverageSteps: >= 0 }
                || read.BestEpoch > read.EpochsDone
                || read.Epochs.Count != read.EpochsDone
                || !TrainingHistory.AreSound(read.Epochs)
                    ? "a value is out of range"
                : null
        );
    }
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(TrainingState))]
internal sealed partial class TrainingStateJson : JsonSerializerContext;
