using System.Text.Json;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// The parts of a checkpoint that belong to the cascade, besides the state of the network in training: its position (cascade-position.json) with the
/// current labels and those of each row, the reports of completed iterations, and, as in a saved cascade, a folder for each iteration with the
/// completed networks.
/// </summary>
internal sealed class CascadeCheckpoints(CheckpointFolder folder)
{
    private const string FileName = "cascade-position.json";

    private IReadOnlyList<(CascadeModel Model, CascadeIterationReport Report)> _done = [];
    private CascadePosition _position = new()
    {
        Iteration = 1,
        Labels = [],
        RowLabels = [],
        Done = [],
    };
    private ClassifierModel? _classifier;
    private string? _restored = folder.Restored;

    /// <summary>Loads the completed iterations from the checkpoint to resume from.</summary>
    /// <param name="device">The device of the networks.</param>
    /// <param name="rows">The number of training rows.</param>
    /// <param name="done">The list to add the iterations to.</param>
    /// <returns>The position of the training; null at the beginning.</returns>
    /// <exception cref="InvalidDataException">A file of the checkpoint is damaged.</exception>
    internal CascadePosition? Restore(Device device, int rows, List<(CascadeModel Model, CascadeIterationReport Report)> done)
    {
        if (_restored is null)
            return null;
        _position = CascadePosition.Read(Path.Combine(_restored, FileName), rows);
        foreach (CascadeIterationReport report in _position.Done)
            done.Add((CascadeFolder.LoadModel(CascadeFolder.Place(_restored, report.Iteration), device), report));
        return _position;
    }

    /// <summary>Begins an iteration. From the second on this writes a checkpoint, since relabeling takes time.</summary>
    internal void Begin(IReadOnlyList<(CascadeModel Model, CascadeIterationReport Report)> done, IReadOnlyList<string> labels, int[] rowLabels)
    {
        _done = [.. done];
        if (_restored is not null)
            return;
        _classifier = null;
        _position = new CascadePosition
        {
            Iteration = done.Count + 1,
            Labels = labels,
            RowLabels = rowLabels,
            Done = [.. done.Select(d => d.Report)],
        };
        if (done.Count > 0)
            folder.Write(WritePosition);
    }

    /// <summary>The image network of the current iteration, if the checkpoint to resume from contains the completed network.</summary>
    internal (ClassifierModel, TrainingHistory)? TakeClassifier(Device device) =>
        _restored is not null && _position.Classifier is { } history
            ? (CascadeFolder.LoadClassifier(CascadeFolder.Place(_restored, _position.Iteration), device), history)
            : null;

    /// <summary>The checkpoints of the current iteration's image network.</summary>
    internal TrainingCheckpoints OfClassifier() => new(folder, "classifier", TakeRestored(), WritePosition);

    /// <summary>The checkpoints of the current iteration's decoder, after the image network is completed.</summary>
    internal TrainingCheckpoints OfDecoder(ClassifierModel classifier, TrainingHistory history)
    {
        // A checkpoint of the image network contains nothing for the decoder; only later ones contain its history.
        string? restored = _position.Classifier is null ? null : TakeRestored();
        _classifier = classifier;
        _position = _position with { Classifier = history };
        return new TrainingCheckpoints(folder, "decoder", restored, WritePosition);
    }

    private string? TakeRestored()
    {
        string? restored = _restored;
        _restored = null;
        return restored;
    }

    private void WritePosition(string place)
    {
        foreach (var (model, report) in _done)
        {
            CascadeFolder.SaveClassifier(CascadeFolder.Place(place, report.Iteration), model.Classifier);
            CascadeFolder.SaveDecoder(CascadeFolder.Place(place, report.Iteration), model.Decoder);
        }

        if (_classifier is not null)
            CascadeFolder.SaveClassifier(CascadeFolder.Place(place, _position.Iteration), _classifier);
        DurableFile.WriteText(Path.Combine(place, FileName), JsonSerializer.Serialize(_position, CascadePositionJson.Default.CascadePosition));
    }
}

/// <summary>The position of a cascade's training.</summary>
internal sealed record CascadePosition
{
    /// <summary>The current iteration, from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>The labels of the current iteration.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The label of each training row, an index into <see cref="Labels"/>: after relabeling, its cluster.</summary>
    public required int[] RowLabels { get; init; }

    /// <summary>The completed iterations.</summary>
    public required IReadOnlyList<CascadeIterationReport> Done { get; init; }

    /// <summary>The training of the current iteration's image network, if completed.</summary>
    public TrainingHistory? Classifier { get; init; }

    /// <exception cref="InvalidDataException">The file is not a cascade's position, or has another number of rows.</exception>
    internal static CascadePosition Read(string path, int rows)
    {
        return ModelJson.Read(
            path,
            CascadePositionJson.Default.CascadePosition,
            read =>
                !ModelJson.AreNames(read.Labels) ? "its labels are incomplete"
                : read.Iteration != read.Done.Count + 1
                || CascadeIterationReport.Problem(read.Done) is not null
                || read.Classifier?.IsSound() == false
                    ? "its iterations are incomplete"
                : read.RowLabels.Length != rows || read.RowLabels.Any(label => label < 0 || label >= read.Labels.Count)
                    ? "its labels are not those of the training rows"
                : null
        );
    }
}

[JsonSourceGenerationOptions(
    WriteIndented = false,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(CascadePosition))]
internal sealed partial class CascadePositionJson : JsonSerializerContext;
