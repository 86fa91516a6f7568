namespace CxrAnnotate;

/// <summary>A sequence of words that a search found.</summary>
/// <param name="Words">The ids of the words after the start word, without the end token.</param>
/// <param name="LogProbability">Natural logarithm of the sequence's probability, the end token's included where it has ended.</param>
/// <param name="Ended">False where the sequence was cut at the greatest length.</param>
internal sealed record Hypothesis(int[] Words, double LogProbability, bool Ended);
