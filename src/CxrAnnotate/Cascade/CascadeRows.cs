namespace CxrAnnotate;

/// <summary>The rows that a cascade is trained or validated on: parallel lists.</summary>
/// <param name="Images">The images.</param>
/// <param name="Labels">Index of each row's base label.</param>
/// <param name="Captions">The words of each row's caption.</param>
internal sealed record CascadeRows(RadiographSet Images, int[] Labels, IReadOnlyList<string[]> Captions)
{
    internal int Count => Images.Count;

    /// <summary>
    /// With several findings each row's, in the order of the labels: 1 present, 0 absent, NaN unknown; the labels are then whether there is any. Null
    /// for single labels.
    /// </summary>
    internal float[][]? Targets { get; init; }

    /// <summary>Each row's view as its source names it; null where none is known.</summary>
    internal string[]? Views { get; init; }

    /// <summary>How many rows there are, and a hash of their content.</summary>
    internal string Describe() => new ClassifierData(Images, Labels, [], Captions) { Targets = Targets }.Describe();

    internal CascadeRows Subset(IReadOnlyList<int> rows) =>
        new(Images.Subset(rows), [.. rows.Select(i => Labels[i])], [.. rows.Select(i => Captions[i])])
        {
            Targets = Targets is null ? null : [.. rows.Select(i => Targets[i])],
            Views = Views is null ? null : [.. rows.Select(i => Views[i])],
        };
}
