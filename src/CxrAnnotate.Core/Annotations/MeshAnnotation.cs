using System.Diagnostics.CodeAnalysis;

namespace CxrAnnotate;

/// <summary>
/// The annotation of a radiograph: terms joined by <c>|</c>, each a MeSH heading and its qualifiers joined by <c>/</c>, as in <c>Calcified
/// Granuloma/lung/upper lobe/right|Opacity/lung/base/left</c>. A normal radiograph has the single term <c>normal</c>.
/// </summary>
public sealed class MeshAnnotation : IEquatable<MeshAnnotation>
{
    /// <summary>The term of an annotation without findings, as heading, token and label.</summary>
    public const string Normal = "normal";

    /// <summary>Creates an annotation.</summary>
    /// <param name="terms">The terms, at least one.</param>
    /// <exception cref="ArgumentException">There is no term.</exception>
    public MeshAnnotation(params IReadOnlyList<MeshTerm> terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        if (terms.Count == 0)
            throw new ArgumentException(
                ErrorCode.AnnotationUnreadable.Message("An annotation has at least one term; a normal radiograph has the term 'normal'."),
                nameof(terms)
            );
        Terms = Array.AsReadOnly(terms.ToArray());
    }

    /// <value>The terms in their order, at least one.</value>
    public IReadOnlyList<MeshTerm> Terms { get; }

    /// <value>Whether the only term is <c>normal</c>, ignoring case.</value>
    public bool IsNormal => Terms is [{ Qualifiers.Count: 0 } only] && only.Heading.Equals(Normal, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Reads an annotation. Spaces around terms and parts, empty terms (<c>A||B</c>) and empty qualifiers (<c>A//left</c>, <c>A/</c>) are ignored.
    /// </summary>
    /// <param name="text">The annotation of one radiograph, without the image path.</param>
    /// <exception cref="FormatException">There is no term, or a term has no heading.</exception>
    public static MeshAnnotation Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Read(text, out string? problem) ?? throw new FormatException(ErrorCode.AnnotationUnreadable.Message(problem!));
    }

    /// <summary>Reads an annotation as <see cref="Parse"/> does; false if it cannot be read.</summary>
    /// <param name="text">The annotation of one radiograph; may be null.</param>
    /// <param name="annotation">The annotation read.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out MeshAnnotation? annotation) =>
        (annotation = text is null ? null : Read(text, out _)) is not null;

    /// <summary>The annotation in the grammar; <see cref="Parse"/> reads it back.</summary>
    public override string ToString() => Terms.Count == 1 ? Terms[0].ToString() : string.Join('|', Terms);

    /// <summary>Whether both have the same terms in the same order, compared ordinally.</summary>
    /// <param name="other">The other annotation.</param>
    public bool Equals(MeshAnnotation? other) => other is not null && Terms.SequenceEqual(other.Terms);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MeshAnnotation);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private static MeshAnnotation? Read(string text, out string? problem)
    {
        List<MeshTerm> terms = [];
        foreach (string term in text.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = term.Split('/', StringSplitOptions.TrimEntries);
            if (parts[0].Length == 0)
                return Fail($"The term '{Shorten(term)}' has no heading before its first '/'; expected Heading/qualifier/qualifier.", out problem);
            if (term.AsSpan().ContainsAny('\r', '\n'))
                return Fail($"The term '{Shorten(term)}' contains a line break; an annotation is one line.", out problem);
            terms.Add(new MeshTerm(parts[0], parts.Length == 1 ? [] : [.. parts.Skip(1).Where(part => part.Length > 0)]));
        }
        if (terms.Count == 0)
            return Fail("The annotation has no term; expected Heading/qualifier|Heading/qualifier, or 'normal'.", out problem);
        problem = null;
        return new MeshAnnotation(terms);
    }

    private static MeshAnnotation? Fail(string message, out string? problem)
    {
        problem = message;
        return null;
    }

    private static string Shorten(string term) => term.Length <= 80 ? term : string.Concat(term.AsSpan(0, 80), "...");
}
