namespace CxrAnnotate;

/// <summary>The rule by which annotations become labels and captions.</summary>
public enum MiningProtocol
{
    /// <summary>
    /// From the full terms only: a label is the set of their headings, every term is kept, a heading is matched up to a <c>/</c>, and the caption has
    /// a <c>|</c> between terms with those of the label first.
    /// </summary>
    Strict,

    /// <summary>
    /// As in the paper's program (section 1.3 of its specification), to reproduce its numbers: a label is the exact set of the authors' top terms;
    /// the caption takes, for each of them, the first full term that contains it anywhere, and has no separator.
    /// </summary>
    Paper,
}
