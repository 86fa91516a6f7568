namespace CxrAnnotate;

/// <summary>What a training starts from instead of random weights, and which layers it leaves as they are.</summary>
public sealed record FineTuningOptions
{
    /// <value>
    /// Where the weights come from: a folder that <see cref="RecurrentCascadeTransformer.Save"/> wrote (its chosen iteration), a folder of
    /// checkpoints (the newest sound one), or a safetensors file, of this library or another. Null starts as without these options. The default value
    /// is null.
    /// </value>
    public string? Weights { get; init; }

    /// <value>How the names in a safetensors file become names of this network: the first rule whose pattern is the whole name counts; a name without
    /// a rule stays. The default value is none.</value>
    public IReadOnlyList<WeightName> Names { get; init; } = [];

    /// <value>
    /// Whether every tensor of the network must be in the file with its shape, and none besides. Else those that are missing (the head, for other
    /// labels) start as without these options, and a warning names what was not used and what was not found. The default value is false.
    /// </value>
    public bool RequireAll { get; init; }

    /// <value>
    /// Layers that are not trained, by name: "stem" is the layer of that name and all below it. They keep every bit, batch normalisation in them its
    /// running statistics, by which it then normalises in training as well. The default value is none.
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
