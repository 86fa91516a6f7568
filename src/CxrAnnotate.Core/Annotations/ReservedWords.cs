namespace CxrAnnotate;

/// <summary>The ids that every vocabulary of a decoder gives away first. They stand in saved models and graphs: they never change.</summary>
internal static class ReservedWords
{
    /// <summary>Padding behind a sequence's end.</summary>
    internal const int PaddingId = 0;

    /// <summary>The end token.</summary>
    internal const int EndId = 1;

    /// <summary>The start word of labels that training had not.</summary>
    internal const int UnknownId = 2;
}
