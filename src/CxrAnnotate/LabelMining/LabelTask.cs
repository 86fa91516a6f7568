namespace CxrAnnotate;

/// <summary>What the labels of a radiograph are, which decides what is learnt of them.</summary>
public enum LabelTask
{
    /// <summary>One label each, a key: the paper's way. Classifiers give probabilities that add up to 1.</summary>
    SingleLabel,

    /// <summary>Any number of findings each, a vector with a slot for every finding. Classifiers give each its own probability.</summary>
    MultiLabel,
}
