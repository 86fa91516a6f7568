using System.Text.RegularExpressions;

namespace CxrAnnotate.Cli;

/// <summary>
/// Rewords the library's messages for the tool. The library's advice names its own members; if the tool has an option or verb for the same purpose,
/// it is named instead.
/// </summary>
internal static partial class ToolWording
{
    /// <summary>Phrases of the library with those of the tool. Longer ones come first.</summary>
    internal static IReadOnlyList<(string Library, string Tool)> Phrases { get; } =
    [
        ("(DicomOptions.Strict refuses them)", "(--strict refuses them)"),
        ("AcceptAnyModality reads it anyway", "--any-modality reads it anyway"),
        ("register a decoder with DicomCodecs.Register, or convert the file", "convert the file"),
        ("that MaximumPixels allows", "that are allowed"),
        ("that MaximumBytes allows", "that are allowed"),
        ("that MaximumSide allows", "that are allowed"),
        ("Use larger mini-batches or a larger CropSize.", "Give a larger --batch-size or --crop-size."),
        ("BatchSize is ", "--batch-size is "),
        ("or with a larger CropSize.", "or with a larger --crop-size."),
        (", or a GradientClip above 0", ""),
        ("(MaximumAspectRatio allows", "(allowed is at most"),
        ("ValueRange.BitsUsed or ValueRange.Percentiles", "--range bits-used or --range percentiles"),
        ("ValueRange says how", "--range says how"),
        ("PhotometricHandling.Automatic", "--photometric automatic"),
        ("PhotometricHandling.Inverted", "--photometric inverted"),
        ("RadiographAnnotator names them", "'cxr annotate' names them"),
        (
            "Write one by RecurrentCascadeTransformer.SaveOnnx, or by MLContext.Model.Save of a trained cascade that reads grey images or files.",
            "Write one by 'cxr export'."
        ),
        ("Write one by RecurrentCascadeTransformer.SaveOnnx or MLContext.Model.Save.", "Write one by 'cxr export'."),
        ("Load the run and write it again by RecurrentCascadeTransformer.SaveOnnx.", "Write it again from its run by 'cxr export'."),
        ("Write one by MLContext.Model.Save.", "Write one by 'cxr export --mlnet'."),
        ("Set CheckpointOptions.Resume to continue it", "Add --resume to continue it"),
        ("Extract annotations from the reports by MineReports first.", "Extract annotations from the reports with 'cxr mine-reports' first."),
        ("MineReports extracts annotations from reports", "'cxr mine-reports' extracts annotations from reports"),
        ("Set SingleTermPatternsOnly to false, or lower MinimumCases.", "Lower --minimum-cases."),
        ("Lower MinimumCases", "Lower --minimum-cases"),
        ("Lower the label mining's minimum number of cases", "Lower --minimum-cases"),
        ("the label mining's minimum number of cases", "--minimum-cases"),
        (" Name the normal one with EvaluateOptions.NormalLabel.", ""),
        ("SplitByStudy keeps them together.", "Without that column, the tool keeps them together."),
        ("Specify a folder written by RecurrentCascadeTransformer.Save.", "Specify a folder written by 'cxr train --out'."),
        ("feature size from DecodeContextOptions", "feature size from this training"),
        (" Set DecodeContextOptions.Search to Beam or Greedy.", ""),
        (" Set NormalLabels.", ""),
        (" or a smaller GradientClip", ""),
        ("CropSize is", "--crop-size is"),
        (" Register custom networks before loading a model that uses them (CnnArchitecture.Register).", ""),
        ("Build the application with the property TorchBackend set to cuda, or set ", "Set "),
        ("choose ComputeDevice.Cpu, or set MLContext.FallbackToCpu.", "use --device cpu."),
        (
            "The native backend belongs to the application: reference the CxrAnnotate package from the executable project (its property "
                + "TorchBackend, cpu or cuda, brings libtorch), or fetch",
            "Fetch"
        ),
    ];

    /// <summary>The column in which the tool stores annotations, whatever its name in the user's table.</summary>
    private const string MeshColumn = $" in column '{nameof(RadiographRecord.Mesh)}'";

    /// <summary>Rewords a message of the library, with or without its code.</summary>
    internal static string Of(string message)
    {
        foreach ((string library, string tool) in Phrases)
            message = message.Replace(library, tool, StringComparison.Ordinal);
        return message.Replace(MeshColumn, "", StringComparison.Ordinal);
    }

    /// <summary>
    /// Replaces the library's option at the beginning of a message, such as <c>BatchSize must be even.</c>, with the tool's option of that name.
    /// </summary>
    /// <param name="message">The message, with or without a code.</param>
    /// <param name="options">The names of the tool's options.</param>
    internal static string NameOption(string message, IEnumerable<string> options) =>
        OptionName().Match(message).Groups["name"] is { Success: true } name
        && $"--{Dashed(name.Value)}" is var option
        && options.Contains(option, StringComparer.Ordinal)
            ? string.Concat(message.AsSpan(0, name.Index), option, message.AsSpan(name.Index + name.Length))
            : message;

    private static string Dashed(string name) => InnerCapital().Replace(name, "-$0").ToLowerInvariant();

    /// <summary>The option that a message on its value begins with.</summary>
    [GeneratedRegex("^(?:CXR[0-9]{4}: )?(?<name>[A-Z][A-Za-z]+)(?= must be )")]
    private static partial Regex OptionName();

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex InnerCapital();
}
