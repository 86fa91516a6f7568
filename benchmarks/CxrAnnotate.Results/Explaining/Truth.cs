namespace CxrAnnotate.Results.Explaining;

/// <summary>Where a finding or word of an image is.</summary>
/// <param name="Subject">The label or word.</param>
/// <param name="Kind">What it is: finding, side, location, severity.</param>
/// <param name="Side">The mask's height and width in pixels; it covers the whole image.</param>
/// <param name="Mask">Row-major.</param>
internal sealed record Truth(string Subject, string Kind, int Side, bool[] Mask)
{
    internal const string Finding = "finding";

    /// <summary>The share of the image that it covers.</summary>
    internal double Area => Mask.Count(inside => inside) / (double)Mask.Length;

    /// <summary>The kind of a word; null for one that tells neither place nor degree.</summary>
    internal static string? KindOf(string word) =>
        AnnotationLexicon.Sides.Contains(word) ? "side"
        : AnnotationLexicon.Severities.Contains(word) ? "severity"
        : AnnotationLexicon.IsLocation(word) ? "location"
        : null;

    /// <summary>The pixels whose centres a rule accepts; its coordinates are fractions of the width and height.</summary>
    internal static bool[] Where(int side, Func<double, double, bool> isInside) =>
        [.. Enumerable.Range(0, side * side).Select(at => isInside(((at % side) + 0.5) / side, ((at / side) + 0.5) / side))];
}

/// <summary>An image and what is known of it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Unit">The patient.</param>
/// <param name="Truths">Where its findings and words are.</param>
internal sealed record LocatedImage(string Path, string Unit, IReadOnlyList<Truth> Truths);
