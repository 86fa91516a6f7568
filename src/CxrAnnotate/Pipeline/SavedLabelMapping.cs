using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace CxrAnnotate;

/// <summary>
/// Converts the label of a saved model's graph from a vector of one text to a text. ML.NET finds this by its contract's name when it loads a model.
/// </summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class SavedLabelMapping : CustomMappingFactory<SavedLabelMapping.From, SavedLabelMapping.To>
{
    /// <summary>The name in saved models of all versions.</summary>
    internal const string Contract = "CxrAnnotate.FrozenLabel";

    /// <summary>The output of a graph that becomes the key of the label.</summary>
    internal const string Label = "Label";

    internal const string Input = "CxrLabel",
        Output = "CxrLabelText";

    /// <summary>The mapping.</summary>
    public override Action<From, To> GetMapping() => static (from, to) => to.Label = from.Label is [var label, ..] ? label : default;

    /// <summary>The input row.</summary>
    internal sealed class From
    {
        /// <summary>The label, a vector of one.</summary>
        [ColumnName(SavedLabelMapping.Input), VectorType(1)]
        public ReadOnlyMemory<char>[]? Label { get; set; }
    }

    /// <summary>The output row.</summary>
    internal sealed class To
    {
        /// <summary>The label.</summary>
        [ColumnName(Output)]
        public ReadOnlyMemory<char> Label { get; set; }
    }
}
