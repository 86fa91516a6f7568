namespace CxrAnnotate;

/// <summary>What was read from one report.</summary>
internal sealed class MinedReport
{
    internal required IReadOnlyList<FindingMention> Mentions { get; init; }

    /// <summary>
    /// The terms of the annotation; <c>normal</c> alone where the report speaks and nothing is found; none where it says nothing that is known, or is
    /// in doubt of all that it finds.
    /// </summary>
    internal required IReadOnlyList<MeshTerm> Terms { get; init; }

    /// <summary>For each finding of the rules: what the whole report says of it; null where it does not speak of it.</summary>
    internal required FindingState?[] States { get; init; }

    /// <summary>The annotation in the MeSH grammar, or an empty text.</summary>
    internal string Annotation => string.Join('|', Terms);
}
