using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace CxrAnnotate;

/// <summary>Rows to train or validate a decoder on, as parallel lists.</summary>
internal sealed class DecoderExamples
{
    /// <param name="views">For each row the features of its views (the image and its augmented variants); training draws one per epoch, validation
    /// uses the first.</param>
    /// <param name="labels">The label of each row.</param>
    /// <param name="captions">The caption's words of each row.</param>
    /// <param name="weights">The expected draws of each row per epoch; null draws each once.</param>
    internal DecoderExamples(
        IReadOnlyList<IReadOnlyList<float[]>> views,
        IReadOnlyList<string> labels,
        IReadOnlyList<IReadOnlyList<string>> captions,
        IReadOnlyList<float>? weights = null
    )
    {
        if (labels.Count != views.Count || captions.Count != views.Count || (weights is not null && weights.Count != views.Count))
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message(
                    $"There are {views.Count} rows of features, {labels.Count} labels, {captions.Count} captions and "
                        + $"{weights?.Count ?? views.Count} weights; the counts must be equal."
                ),
                nameof(labels)
            );
        FeatureSize = views.Count == 0 ? 0 : views[0][0].Length;
        if (views.Any(v => v.Count == 0 || v.Any(f => f.Length != FeatureSize)))
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"Every row must have at least one feature vector, each of {FeatureSize} values."),
                nameof(views)
            );
        Views = views;
        Labels = labels;
        Captions = captions;
        Weights = weights;
    }

    internal int Count => Views.Count;

    internal int FeatureSize { get; }

    internal IReadOnlyList<IReadOnlyList<float[]>> Views { get; }

    internal IReadOnlyList<string> Labels { get; }

    internal IReadOnlyList<IReadOnlyList<string>> Captions { get; }

    internal IReadOnlyList<float>? Weights { get; }

    /// <summary>The number of rows and a hash of their content.</summary>
    internal string Describe()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < Count; i++)
        {
            foreach (float[] features in Views[i])
                hash.AppendData(MemoryMarshal.AsBytes(features.AsSpan()));
            hash.AppendData(Encoding.UTF8.GetBytes($"{Labels[i]}\n{string.Join(' ', Captions[i])}\n"));
            if (Weights is not null)
                hash.AppendData(MemoryMarshal.AsBytes<float>([Weights[i]]));
        }

        return $"{Count} of content {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}";
    }

    /// <summary>Rows with one feature vector each and a caption of words separated by spaces.</summary>
    internal static DecoderExamples Of(
        IReadOnlyList<float[]> features,
        IReadOnlyList<string> labels,
        IReadOnlyList<string> captions,
        IReadOnlyList<float>? weights = null
    ) => new([.. features.Select(f => (IReadOnlyList<float[]>)[f])], labels, [.. captions.Select(c => DecoderVocabulary.Split(c))], weights);
}
