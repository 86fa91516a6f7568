using System.Text.Json;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// What a cascade leaves in a checkpoint beside the state of the network that is trained: its position (cascade-position.json) with the present
/// labels and each row's, the reports of the iterations that are done, and, as in a saved cascade, a folder for each iteration with the networks that
/// are done.
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

    /// <summary>Loads the iterations that are done from the checkpoint to go on from.</summary>
    /// <param name="device">Where the networks are computed.</param>
    /// <param name="rows">The number of training rows.</param>
    /// <param name="done">Where the iterations are added.</param>
    /// <returns>Where the training stands; null at the beginning.</returns>
    /// <exception cref="InvalidDataException">A file of the checkpoint is not usable.</exception>
    internal CascadePosition? Restore(Device device, int rows, List<(CascadeModel Model, CascadeIterationReport Report)> done)
    {
        if (_restored is null)
            return null;
        _position = CascadePosition.Read(Path.Combine(_restored, FileName), rows);
        foreach (CascadeIterationReport report in _position.Done)
            done.Add((CascadeFolder.LoadModel(CascadeFolder.Place(_restored, report.Iteration), device), report));
        return _position;
    }

    /// <summary>An iteration begins: from the second on that is a checkpoint of its own, since the labels took their time.</summary>
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

    /// <summary>The image network of the present iteration, where the checkpoint to go on from has it done.</summary>
    internal (ClassifierModel, TrainingHistory)? TakeClassifier(Device device) =>
        _restored is not null && _position.Classifier is { } history
            ? (CascadeFolder.LoadClassifier(CascadeFolder.Place(_restored, _position.Iteration), device), history)
            : null;

    /// <summary>For the training of the present iteration's image network.</summary>
    internal TrainingCheckpoints OfClassifier() => new(folder, "classifier", TakeRestored(), WritePosition);

    /// <summary>For the training of the present iteration's decoder, the image network being done.</summary>
    internal TrainingCheckpoints OfDecoder(ClassifierModel classifier, TrainingHistory history)
    {
        // A checkpoint of the image network has nothing for the decoder; its history tells which it is.
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

/// <summary>Where a cascade's training stands.</summary>
internal sealed record CascadePosition
{
    /// <summary>The present iteration, from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>The labels of the present iteration.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The label of each training row, an index into <see cref="Labels"/>: after relabeling, its cluster.</summary>
    public required int[] RowLabels { get; init; }

    /// <summary>The iterations that are done.</summary>
    public required IReadOnlyList<CascadeIterationReport> Done { get; init; }

    /// <summary>The training of the present iteration's image network, where it is done.</summary>
    public TrainingHistory? Classifier { get; init; }

    /// <exception cref="InvalidDataException">The file is not a cascade's position among so many rows.</exception>
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
