using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace CxrAnnotate;

/// <summary>The rows that an image classifier is trained or validated on.</summary>
/// <param name="Images">The images.</param>
/// <param name="Labels">Index of each row's label, -1 where it has none; with several findings 1 where it has one, 0 where not.</param>
/// <param name="Weights">Expected draws of each row per epoch.</param>
/// <param name="Captions">The words of each row's caption; null where no network asks for them.</param>
internal sealed record ClassifierData(RadiographSet Images, int[] Labels, float[] Weights, IReadOnlyList<string[]>? Captions)
{
    internal int Count => Images.Count;

    /// <summary>With several findings each row's, in the order of the labels: 1 present, 0 absent, NaN unknown. Null for single labels.</summary>
    internal float[][]? Targets { get; init; }

    /// <summary>Each row's view as its source names it; null where none is known.</summary>
    internal string[]? Views { get; init; }

    /// <summary>The class that rows of several findings are spread over an epoch by: whether they have any.</summary>
    internal static int[] ClassesOf(IEnumerable<float[]> targets) => [.. targets.Select(t => t.Contains(1f) ? 1 : 0)];

    /// <summary>How many rows there are, and a hash of their content.</summary>
    internal string Describe()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Images.AddTo(hash);
        hash.AppendData(MemoryMarshal.AsBytes(Labels.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(Weights.AsSpan()));
        foreach (float[] targets in Targets ?? [])
            hash.AppendData(MemoryMarshal.AsBytes(targets.AsSpan()));
        foreach (string[] caption in Captions ?? [])
            hash.AppendData(Encoding.UTF8.GetBytes(string.Join(' ', caption) + "\n"));
        return $"{Count} of content {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}";
    }
}
