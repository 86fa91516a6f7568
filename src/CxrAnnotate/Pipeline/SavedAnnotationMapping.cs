using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace CxrAnnotate;

/// <summary>
/// Converts the annotation of a saved model's graph from vectors of one element to scalars. ML.NET finds this by its contract's name when it loads a
/// model.
/// </summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class SavedAnnotationMapping : CustomMappingFactory<SavedAnnotationMapping.From, SavedAnnotationMapping.To>
{
    /// <summary>The name in saved models of all versions.</summary>
    internal const string Contract = "CxrAnnotate.FrozenAnnotation";

    private const string AnnotationInput = "CxrAnnotation",
        TokensInput = "CxrTokens",
        ProbabilityInput = "CxrProbability",
        AnnotationOutput = "CxrAnnotationText",
        TokensOutput = "CxrTokensText",
        ProbabilityOutput = "CxrProbabilityValue";

    /// <summary>The outputs of a graph that become scalars: the column that the graph writes, and that of the scalar.</summary>
    internal static IReadOnlyDictionary<string, (string Input, string Value)> Scalars { get; } =
        new Dictionary<string, (string Input, string Value)>
        {
            ["Annotation"] = (AnnotationInput, AnnotationOutput),
            ["AnnotationTokens"] = (TokensInput, TokensOutput),
            ["AnnotationProbability"] = (ProbabilityInput, ProbabilityOutput),
        };

    /// <summary>All temporary columns, to be dropped.</summary>
    internal static string[] Columns => [.. Scalars.Values.SelectMany(scalar => (string[])[scalar.Input, scalar.Value])];

    /// <summary>The mapping.</summary>
    public override Action<From, To> GetMapping() =>
        static (from, to) =>
        {
            to.Annotation = from.Annotation is [var annotation, ..] ? annotation : default;
            to.Tokens = from.Tokens is [var tokens, ..] ? tokens : default;
            to.Probability = from.Probability is [var probability, ..] ? probability : float.NaN;
        };

    /// <summary>The input row.</summary>
    internal sealed class From
    {
        /// <summary>The annotation, a vector of one.</summary>
        [ColumnName(AnnotationInput), VectorType(1)]
        public ReadOnlyMemory<char>[]? Annotation { get; set; }

        /// <summary>Its words, a vector of one.</summary>
        [ColumnName(TokensInput), VectorType(1)]
        public ReadOnlyMemory<char>[]? Tokens { get; set; }

        /// <summary>Its probability, a vector of one.</summary>
        [ColumnName(ProbabilityInput), VectorType(1)]
        public float[]? Probability { get; set; }
    }

    /// <summary>The output row.</summary>
    internal sealed class To
    {
        /// <summary>The annotation.</summary>
        [ColumnName(AnnotationOutput)]
        public ReadOnlyMemory<char> Annotation { get; set; }

        /// <summary>Its words.</summary>
        [ColumnName(TokensOutput)]
        public ReadOnlyMemory<char> Tokens { get; set; }

        /// <summary>Its probability.</summary>
        [ColumnName(ProbabilityOutput)]
        public float Probability { get; set; }
    }
}
