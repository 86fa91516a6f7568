namespace CxrAnnotate;

/// <summary>The findings of one annotation, as tokens.</summary>
internal sealed class RowFindings
{
    private readonly string[][] _groups;

    /// <param name="groups">The tokens of each term of the caption, the term's own token first.</param>
    /// <param name="separated">Whether the caption has a separator between terms.</param>
    internal RowFindings(string[][] groups, bool separated)
    {
        _groups = groups;
        Separated = separated;
        Terms = groups.Length == 1 ? [groups[0][0]] : [.. groups.Select(group => group[0]).Distinct(StringComparer.Ordinal)];
        string[] sorted = [.. Terms];
        Array.Sort(sorted, StringComparer.Ordinal);
        Pattern = string.Join('+', sorted);
    }

    /// <summary>The distinct headings (or top terms) of the row, in its order.</summary>
    internal IReadOnlyList<string> Terms { get; }

    /// <summary>The set of terms by name: in ordinal order, joined by <c>+</c>.</summary>
    internal string Pattern { get; }

    internal bool Separated { get; }

    /// <summary>The caption's tokens, the terms of the label first. The paper's rule can give empty tokens.</summary>
    internal string[] Tokens(IReadOnlyCollection<string> labelTerms) => CaptionText.Join(_groups, labelTerms, Separated);

    /// <summary>The caption: tokens joined by one blank, empty ones left out.</summary>
    internal string Caption(IReadOnlyCollection<string> labelTerms) => string.Join(' ', Tokens(labelTerms).Where(token => token.Length > 0));
}
