namespace CxrAnnotate;

/// <summary>The initial weights of a training, instead of random ones, and the layers that stay frozen.</summary>
public sealed record FineTuningOptions
{
    /// <value>
    /// Where the weights come from: a folder that <see cref="RecurrentCascadeTransformer.Save"/> wrote (its chosen iteration), a folder of
    /// checkpoints (the newest valid one), or a file, of this library or another: safetensors, <c>torch.save</c> of PyTorch 1.6 or later (a state
    /// dictionary, a checkpoint with one, or a module of torch.nn, torchvision or torchxrayvision), or ONNX. A pickle is read as data; one that calls
    /// anything else is refused. Null initializes as without these options. The default value is null.
    /// </value>
    public string? Weights { get; init; }

    /// <value>How names in such a file map to names of this network: the first rule whose pattern matches the whole name applies; other names
    /// are kept. The default value is none.</value>
    public IReadOnlyList<WeightName> Names { get; init; } = [];

    /// <value>
    /// Whether the file must contain exactly the tensors of the network, with their shapes. If false, missing tensors (such as the head, for other
    /// labels) are initialized as without these options, and a warning lists the unused and the missing tensors. The default value is false.
    /// </value>
    public bool RequireAll { get; init; }

    /// <value>
    /// Layers that are not trained, by name: "stem" is the layer of that name and all below it. Their weights stay unchanged. Batch normalisation in
    /// them keeps its running statistics and normalises by these in training as well. The default value is none.
    /// </value>
    public IReadOnlyList<string> Frozen { get; init; } = [];

    /// <exception cref="ArgumentOutOfRangeException">A pattern is not a regular expression, or a name is empty.</exception>
    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Names);
        ArgumentNullException.ThrowIfNull(Frozen);
        OptionChecks.Require(Weights is null || !string.IsNullOrWhiteSpace(Weights), nameof(Weights), Weights, "a path, or null");
        OptionChecks.Require(Frozen.All(name => !string.IsNullOrWhiteSpace(name)), nameof(Frozen), string.Join(", ", Frozen), "names of layers");
        foreach (WeightName rule in Names)
        {
            try
            {
                rule.Expression();
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(Names),
                    rule.Pattern,
                    ErrorCode.OptionOutOfRange.Message($"Names must be regular expressions without back references: {e.Message}")
                );
            }
        }
    }
}
