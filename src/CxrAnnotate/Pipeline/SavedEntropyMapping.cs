using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace CxrAnnotate;

/// <summary>
/// Converts the entropy of a saved model's graph from a vector of one number to a number. ML.NET finds this by its contract's name when it loads a
/// model.
/// </summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class SavedEntropyMapping : CustomMappingFactory<SavedEntropyMapping.From, SavedEntropyMapping.To>
{
    /// <summary>The name that saved models have for it.</summary>
    internal const string Contract = "CxrAnnotate.SavedEntropy";

    /// <summary>The output of a graph that becomes the number.</summary>
    internal const string Output = "ScoreEntropy";

    internal const string Input = "CxrScoreEntropy",
        Value = "CxrScoreEntropyValue";

    /// <summary>The mapping.</summary>
    public override Action<From, To> GetMapping() =>
        static (from, to) => to.Entropy = from.Entropy is [var entropy, ..] ? entropy : float.NaN;

    /// <summary>The input row.</summary>
    internal sealed class From
    {
        /// <summary>The entropy, a vector of one.</summary>
        [ColumnName(Input), VectorType(1)]
        public float[]? Entropy { get; set; }
    }

    /// <summary>The output row.</summary>
    internal sealed class To
    {
        /// <summary>The entropy.</summary>
        [ColumnName(Value)]
        public float Entropy { get; set; }
    }
}
