namespace CxrAnnotate;

/// <summary>The reserved ids at the start of every decoder vocabulary. Saved models and graphs contain them, so they never change.</summary>
internal static class ReservedWords
{
    /// <summary>Padding after the end of a sequence.</summary>
    internal const int PaddingId = 0;

    /// <summary>The end token.</summary>
    internal const int EndId = 1;

    /// <summary>The start word of labels missing from training.</summary>
    internal const int UnknownId = 2;
}
