namespace CxrAnnotate;

/// <summary>Whether a radiograph has one label or several, which decides what is learnt.</summary>
public enum LabelTask
{
    /// <summary>One label per image, a key, as in the paper. The probabilities of all labels sum to 1.</summary>
    SingleLabel,

    /// <summary>Any number of findings per image, a vector with a slot for every finding. Each finding has its own probability.</summary>
    MultiLabel,
}
