namespace CxrAnnotate;

/// <summary>How published files of a network's weights name the tensors, and how files of other networks are told from them.</summary>
internal sealed record PublishedWeights
{
    /// <summary>The network's name, for messages.</summary>
    internal required string Network { get; init; }

    /// <summary>
    /// Which network a file belongs to, by its tensors, renamed by the user's rules: its name, or words for one that is not known here. Null if they
    /// do not tell.
    /// </summary>
    internal required Func<WeightSource, WeightFile, IReadOnlyList<WeightName>, string?> Recognize { get; init; }

    /// <summary>
    /// Whether files of this network are recognized. Then one that is recognized as another's is refused, and a head of other labels, which all
    /// published files have, is left out without a word.
    /// </summary>
    internal bool IsRecognized { get; init; }

    /// <summary>How names in the files map to the network's, after the user's own rules.</summary>
    internal IReadOnlyList<WeightName> Names { get; init; } = [];

    /// <summary>
    /// The convolutions and normalisations in the order in which a graph computes them, for files that name their tensors by numbers; empty where no
    /// such file is known.
    /// </summary>
    internal IReadOnlyList<string> GraphOrder { get; init; } = [];

    /// <summary>Whether a tensor of the network belongs to its head.</summary>
    internal required Func<string, bool> IsHead { get; init; }
}
