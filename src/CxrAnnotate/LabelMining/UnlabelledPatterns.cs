namespace CxrAnnotate;

/// <summary>What becomes of rows whose pattern of terms is too rare to be a label.</summary>
public enum UnlabelledPatterns
{
    /// <summary>They have no label, as in the paper.</summary>
    Ignore,

    /// <summary>
    /// Labels are single headings, qualified by the rows that have them among others; a row has the label of its own heading, or, of several, of the
    /// most frequent that qualifies.
    /// </summary>
    MostFrequentTerm,
}
