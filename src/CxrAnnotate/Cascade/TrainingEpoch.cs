using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>
/// One epoch of the training of a cascade, as reported to <see cref="RecurrentCascadeOptions.EpochProgress"/> and as a line of
/// <see cref="TrainingLog"/>.
/// </summary>
/// <param name="Network">The network: "classifier" or "decoder".</param>
/// <param name="Iteration">The iteration of the cascade, from 1.</param>
/// <param name="Control">Whether it is the control of that iteration, which is trained without relabeling.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Epochs">The number of epochs that are planned; early stopping may end before.</param>
/// <param name="Step">The steps of the optimizer so far in this network.</param>
/// <param name="Loss">The mean training loss, with augmentation and dropout.</param>
/// <param name="ValidationLoss">The loss on the validation rows; null where they are not read after each epoch.</param>
/// <param name="Validation">The score on the validation rows, higher is better; null where they are not read after each epoch.</param>
/// <param name="LearningRate">The learning rate of the last step.</param>
/// <param name="ImagesPerSecond">Images (of the decoder: pairs of image and annotation) trained on per second.</param>
/// <param name="Seconds">Seconds since the training began or was resumed.</param>
/// <param name="Time">When the epoch ended, in UTC.</param>
public sealed record TrainingEpoch(
    string Network,
    int Iteration,
    bool Control,
    int Epoch,
    int Epochs,
    long Step,
    double Loss,
    double? ValidationLoss,
    double? Validation,
    double LearningRate,
    double ImagesPerSecond,
    double Seconds,
    DateTimeOffset Time
)
{
    /// <summary>The image network.</summary>
    public const string Classifier = "classifier";

    /// <summary>The context decoder.</summary>
    public const string Decoder = "decoder";

    /// <summary>The place in the training: epochs are trained in the order of their places.</summary>
    internal (bool Control, int Iteration, bool Decoder, int Epoch) Place => (Control, Iteration, Network == Decoder, Epoch);

    internal string ToJson() => JsonSerializer.Serialize(this, TrainingEpochJson.Default.TrainingEpoch);

    /// <summary>Reads a line; null if it is not one.</summary>
    internal static TrainingEpoch? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, TrainingEpochJson.Default.TrainingEpoch) is { Iteration: > 0, Epoch: > 0 } epoch
                && epoch.Network is (Classifier or Decoder)
                ? epoch
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(TrainingEpoch))]
internal sealed partial class TrainingEpochJson : JsonSerializerContext;
