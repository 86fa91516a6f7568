using System.Text.RegularExpressions;

namespace CxrAnnotate;

/// <summary>The names of the files in a run folder: those of the saved cascade and those that 'cxr train' adds.</summary>
internal static partial class RunFiles
{
    /// <summary>The chosen iteration as an ONNX model, for reading without libtorch.</summary>
    internal const string Onnx = "cascade.onnx";

    /// <summary>The control of the cascade, a folder of the same kind.</summary>
    internal const string Control = "control";

    /// <summary>Whether a relative path (separated by '/') is a file of a run.</summary>
    internal static bool IsOwn(string path) => Name().IsMatch(path);

    /// <summary>Whether a folder in a run holds files of its models: an iteration's, or the control's.</summary>
    internal static bool IsFolderOfModel(string name) => name == Control || name.StartsWith("iteration-", StringComparison.Ordinal);

    /// <summary>Whether a file of a run is needed to load it.</summary>
    internal static bool IsModel(string path) => path == "cascade.json" || path.StartsWith("iteration-", StringComparison.Ordinal);

    [GeneratedRegex(
        @"\A(?:train\.json|evaluation\.json|training-rows\.csv|training\.jsonl|cases\.csv|card\.(?:json|xml|html)"
            + @"|(?:control/)?(?:cascade\.json|cascade\.onnx|manifest\.json|iteration-[0-9]+/(?:classifier|decoder)\.(?:json|safetensors))"
            + @"|checkpoints/training\.jsonl|checkpoints/(?:control/)?checkpoint-[0-9]+(?:\.new|\.old)?/.+)\z"
    )]
    private static partial Regex Name();
}
