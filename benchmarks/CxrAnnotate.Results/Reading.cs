namespace CxrAnnotate.Results;

/// <summary>What a reader made of one case, by a model that was not trained on its patient.</summary>
/// <param name="Label">The label.</param>
/// <param name="Scores">The probability of each of the reader's labels.</param>
/// <param name="Annotation">The tokens of the annotation.</param>
/// <param name="Words">The probability of each of the reader's words to be in the annotation.</param>
internal sealed record Reading(string Label, float[] Scores, string Annotation, float[] Words);
