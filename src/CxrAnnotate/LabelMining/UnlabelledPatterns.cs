namespace CxrAnnotate;

/// <summary>How rows whose pattern of terms is too rare to be a label are treated.</summary>
public enum UnlabelledPatterns
{
    /// <summary>They have no label, as in the paper.</summary>
    Ignore,

    /// <summary>
    /// Labels are single headings, counted over all rows that have them, alone or among others. A row gets the label of its heading or, if it has
    /// several, of the most frequent that is a label.
    /// </summary>
    MostFrequentTerm,
}
