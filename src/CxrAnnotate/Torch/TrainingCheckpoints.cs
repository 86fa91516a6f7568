using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>Saves the state of a network's training loop in checkpoints and restores it from one.</summary>
/// <param name="folder">The folder of the checkpoints.</param>
/// <param name="network">Which network is trained: "classifier" or "decoder".</param>
/// <param name="restored">The folder of the checkpoint to resume from; null starts from the beginning.</param>
/// <param name="beside">Writes the rest of the training's state into a checkpoint's folder.</param>
internal sealed class TrainingCheckpoints(CheckpointFolder folder, string network, string? restored, Action<string>? beside = null)
{
    private const string Weights = "network.safetensors";
    private const string Moments = "optimizer.safetensors";
    private const string Average = "average.safetensors";
    private const string Best = "best.safetensors";

    /// <summary>The configuration of the network (JSON), which gives its labels and words when its weights are used elsewhere.</summary>
    internal const string Configuration = "model.json";

    /// <summary>Writes the network's configuration.</summary>
    internal Func<string>? Describe { get; set; }

    /// <summary>Which network is trained.</summary>
    internal string Network => network;

    /// <summary>Whether a checkpoint is due after a number of epochs.</summary>
    internal bool IsDue(int epochsDone) => epochsDone % folder.EveryEpochs == 0;

    /// <summary>Fills network, optimizer, average and best weights from the checkpoint, if there is one of this network.</summary>
    /// <returns>The state of the training; null at the beginning.</returns>
    /// <exception cref="InvalidDataException">The checkpoint does not fit the network.</exception>
    internal TrainingState? Restore(nn.Module module, WeightOptimizer optimizer, WeightAverage? average, WeightStore best)
    {
        if (restored is null || !File.Exists(Path.Combine(restored, TrainingState.FileName)))
            return null;
        TrainingState state = TrainingState.Read(Path.Combine(restored, TrainingState.FileName));
        if (state.Network != network)
            return null;
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        SafeTensors.Load(Path.Combine(restored, Weights), module);
        if (state.Finished)
            return state;
        SafeTensors.Load(Path.Combine(restored, Moments), optimizer.State);
        optimizer.Steps = state.OptimizerSteps;
        if (average is not null)
        {
            SafeTensors.Load(Path.Combine(restored, Average), average.State);
            average.Steps = state.AverageSteps;
        }

        string kept = Path.Combine(restored, Best);
        if (File.Exists(kept))
        {
            best.Save();
            SafeTensors.Load(kept, best.State);
        }

        return state;
    }

    /// <summary>Writes a checkpoint after an epoch.</summary>
    internal void Save(TrainingState state, nn.Module module, WeightOptimizer optimizer, WeightAverage? average, WeightStore? best) =>
        folder.Write(place =>
        {
            using var _ = NewDisposeScope();
            SafeTensors.Save(Path.Combine(place, Weights), module);
            if (!state.Finished)
            {
                SafeTensors.Save(Path.Combine(place, Moments), optimizer.State);
                if (average is not null)
                    SafeTensors.Save(Path.Combine(place, Average), average.State);
                if (best is { State.Count: > 0 })
                    SafeTensors.Save(Path.Combine(place, Best), best.State);
            }

            if (Describe is not null)
                DurableFile.WriteText(Path.Combine(place, Configuration), Describe());
            DurableFile.WriteText(Path.Combine(place, TrainingState.FileName), state.ToJson());
            beside?.Invoke(place);
        });

    /// <summary>The weights of a checkpoint that serve as a model: the best, else the averaged, else the current ones.</summary>
    internal static string ModelWeights(string checkpoint) =>
        ((string[])[Best, Average, Weights])
            .Select(name => Path.Combine(checkpoint, name))
            .First(path => File.Exists(path) || path.EndsWith(Weights, StringComparison.Ordinal));
}
