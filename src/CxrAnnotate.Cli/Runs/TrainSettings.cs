namespace CxrAnnotate.Cli;

/// <summary>The settings of <c>cxr train</c>.</summary>
internal sealed record TrainSettings
{
    /// <summary>The annotation table; null to train on phantoms.</summary>
    internal string? Data { get; init; }

    /// <summary>The number of phantom studies to draw; null if a table is given.</summary>
    internal int? PhantomStudies { get; init; }

    internal required string Out { get; init; }

    /// <summary>A file with the key for replacing the identifiers that the run stores; null: they are left out.</summary>
    internal string? IdentifierKey { get; init; }

    /// <summary>Where to save the model if <see cref="Out"/> is not writable; null: a temporary folder.</summary>
    internal string? Fallback { get; init; }

    /// <summary>The folder of event files for TensorBoard; null writes none.</summary>
    internal string? TensorBoard { get; init; }

    /// <summary>Whether an earlier run in <see cref="Out"/> may be replaced.</summary>
    internal bool Force { get; init; }

    internal int Iterations { get; init; }

    /// <summary>How the iteration is chosen that annotates.</summary>
    internal IterationChoice IterationChoice { get; init; }

    /// <summary>Whether to train the control, too: the later iterations without relabeling.</summary>
    internal bool Control { get; init; }

    /// <summary>The image network; null: that of the pretrained weights, or the library's choice.</summary>
    internal CnnArchitecture? Architecture { get; init; }

    /// <summary>Pretrained weights: "imagenet", "none", a file or a run; null: the preset's.</summary>
    internal string? Pretrained { get; init; }

    /// <summary>What is trained of a pretrained network; null: the library's choice.</summary>
    internal TransferMode? Transfer { get; init; }

    /// <summary>Side of the images; null: that of the preset.</summary>
    internal int? ImageSize { get; init; }

    /// <summary>A folder for decoded radiographs; null for none.</summary>
    internal string? CacheFolder { get; init; }

    internal ValueRange Range { get; init; } = ValueRange.BitsUsed;

    internal PhotometricHandling Photometric { get; init; } = PhotometricHandling.AsStored;

    internal DicomOptions Dicom { get; init; } = new();

    /// <summary>Side of the network's input; 0: seven eighths of the image, and with pretrained weights the whole image.</summary>
    internal int CropSize { get; init; }

    /// <summary>Epochs of the image network; null: the library's choice, as for the next two.</summary>
    internal int? Epochs { get; init; }

    internal int? BatchSize { get; init; }

    internal double? LearningRate { get; init; }

    internal RecurrentCell Cell { get; init; }

    /// <summary>Whether the decoder attends to regions.</summary>
    internal bool Attention { get; init; }

    internal int MinimumCases { get; init; }

    /// <summary>How the table is read.</summary>
    internal TableSettings Table { get; init; } = new();

    /// <summary>Whether the task is multi-label rather than single-label.</summary>
    internal bool MultiLabel { get; init; }

    internal int Seed { get; init; }

    internal ComputeSettings Compute { get; init; } = new();

    /// <summary>Whether to continue from the checkpoints of the run.</summary>
    internal bool Resume { get; init; }

    /// <summary>Epochs from one checkpoint to the next; 0 writes none.</summary>
    internal int Checkpoints { get; init; }

    /// <summary>A run, a folder of checkpoints or a file of weights to start from; null: random weights.</summary>
    internal string? StartFrom { get; init; }

    /// <summary>Layers of the image network that are not trained.</summary>
    internal IReadOnlyList<string> Freeze { get; init; } = [];

    /// <summary>The fraction of the training studies to validate on if the table has no validation rows.</summary>
    internal double Validation { get; init; }
}
