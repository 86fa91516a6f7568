namespace CxrAnnotate;

/// <summary>A sequence of words that a search found.</summary>
/// <param name="Words">The ids of the words after the start word, without the end token.</param>
/// <param name="LogProbability">Natural logarithm of the sequence's probability, including the end token if finished.</param>
/// <param name="Ended">Whether the sequence has ended; false if it was cut at the maximum length.</param>
internal sealed record Hypothesis(int[] Words, double LogProbability, bool Ended);
