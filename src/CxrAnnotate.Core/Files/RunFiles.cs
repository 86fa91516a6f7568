using System.Text.RegularExpressions;

namespace CxrAnnotate;

/// <summary>The names of the files in a run folder: those of the saved cascade and those that 'cxr train' adds.</summary>
internal static partial class RunFiles
{
    /// <summary>The chosen iteration as an ONNX model, for reading without libtorch.</summary>
    internal const string Onnx = "cascade.onnx";

    /// <summary>Whether a relative path (separated by '/') is a file of a run.</summary>
    internal static bool IsOwn(string path) => Name().IsMatch(path);

    /// <summary>Whether a file of a run is needed to load it.</summary>
    internal static bool IsModel(string path) => path == "cascade.json" || path.StartsWith("iteration-", StringComparison.Ordinal);

    [GeneratedRegex(
        @"\A(?:cascade\.json|cascade\.onnx|manifest\.json|train\.json|evaluation\.json|training-rows\.csv"
            + @"|iteration-[0-9]+/(?:classifier|decoder)\.(?:json|safetensors)"
            + @"|checkpoints/checkpoint-[0-9]+(?:\.new|\.old)?/.+)\z"
    )]
    private static partial Regex Name();
}
