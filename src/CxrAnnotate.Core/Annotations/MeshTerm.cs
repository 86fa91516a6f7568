namespace CxrAnnotate;

/// <summary>One term of an annotation: a MeSH heading and its qualifiers of location, side and kind (<c>Opacity/lung/base/left</c>).</summary>
public sealed class MeshTerm : IEquatable<MeshTerm>
{
    /// <summary>Creates a term. Spaces around its parts are removed.</summary>
    /// <param name="heading">The heading, for example <c>Catheters, Indwelling</c>.</param>
    /// <param name="qualifiers">The qualifiers in their order.</param>
    /// <exception cref="ArgumentException">A part is empty or contains a character of the grammar (<c>/</c>, <c>|</c>) or a line break.</exception>
    public MeshTerm(string heading, params IReadOnlyList<string> qualifiers)
    {
        ArgumentNullException.ThrowIfNull(qualifiers);
        Heading = Part(heading, nameof(heading));
        Qualifiers = Array.AsReadOnly(qualifiers.Select(qualifier => Part(qualifier, nameof(qualifiers))).ToArray());
    }

    /// <value>The heading, as written.</value>
    public string Heading { get; }

    /// <value>The qualifiers in their order, as written.</value>
    public IReadOnlyList<string> Qualifiers { get; }

    /// <summary>The term in the grammar: heading and qualifiers joined by <c>/</c>.</summary>
    public override string ToString() => Qualifiers.Count == 0 ? Heading : $"{Heading}/{string.Join('/', Qualifiers)}";

    /// <summary>Whether both have the same heading and the same qualifiers in the same order, compared ordinally.</summary>
    /// <param name="other">The other term.</param>
    public bool Equals(MeshTerm? other) =>
        other is not null && Heading == other.Heading && Qualifiers.SequenceEqual(other.Qualifiers, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MeshTerm);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private static string Part(string text, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text, name);
        return text.AsSpan().IndexOfAny("/|\r\n") < 0
            ? text.Trim()
            : throw new ArgumentException(
                ErrorCode.AnnotationUnreadable.Message($"'{text}' contains a character that separates terms or parts of a term."),
                name
            );
    }
}
