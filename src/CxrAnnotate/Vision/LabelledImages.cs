using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace CxrAnnotate;

/// <summary>Rows to train or validate an image classifier or a cascade on, as parallel lists.</summary>
/// <param name="Images">The images.</param>
/// <param name="Scheme">How the labels of a row relate to each other.</param>
/// <param name="Truth">Each row's labels: 1 present, 0 absent, NaN unknown; all NaN if the row is unlabelled.</param>
/// <param name="Captions">The words of each row's caption; null if no network needs them.</param>
internal sealed record LabelledImages(RadiographSet Images, LabelScheme Scheme, float[][] Truth, IReadOnlyList<string[]>? Captions)
{
    internal int Count => Images.Count;

    /// <summary>Expected draws of each row per epoch.</summary>
    internal float[] Weights { get; init; } = [.. Truth.Select(_ => 1f)];

    /// <summary>Each row's view as its source names it; null if unknown.</summary>
    internal string[]? Views { get; init; }

    /// <summary>The patient (or study) of each row, for intervals; null if not needed.</summary>
    internal IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The number of rows and a hash of their content.</summary>
    internal string Describe()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Images.AddTo(hash);
        hash.AppendData(MemoryMarshal.AsBytes(Weights.AsSpan()));
        foreach (float[] truth in Truth)
            hash.AppendData(MemoryMarshal.AsBytes(truth.AsSpan()));
        foreach (string[] caption in Captions ?? [])
            hash.AppendData(Encoding.UTF8.GetBytes(string.Join(' ', caption) + "\n"));
        return $"{Count} of content {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}";
    }

    /// <exception cref="InvalidOperationException">No label is present in some of the rows and absent in others.</exception>
    internal void RequireDifference(IReadOnlyList<string> labels)
    {
        if (!labels.Where((_, k) => Truth.Any(t => t[k] == 1) && Truth.Any(t => t[k] == 0)).Any())
            throw new InvalidOperationException(ErrorCode.NothingToTellApart.Message(Scheme.NothingToTellApart(labels, Truth)));
    }

    internal LabelledImages Subset(IReadOnlyList<int> rows) =>
        new(Images.Subset(rows), Scheme, [.. rows.Select(i => Truth[i])], Captions is null ? null : [.. rows.Select(i => Captions[i])])
        {
            Weights = [.. rows.Select(i => Weights[i])],
            Views = Views is null ? null : [.. rows.Select(i => Views[i])],
            Groups = Groups is null ? null : [.. rows.Select(i => Groups[i])],
        };
}
