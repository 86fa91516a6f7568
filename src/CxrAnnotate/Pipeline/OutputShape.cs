using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// What is known of an estimator's output column before fitting: a type except for its vector size and key count, and the kinds of its text
/// annotations.
/// </summary>
/// <param name="Name">The column.</param>
/// <param name="Type">A type of the right kind; its sizes and counts are arbitrary.</param>
/// <param name="TextAnnotations">The kinds of the annotations that are vectors of text.</param>
internal sealed record OutputShape(string Name, DataViewType Type, params string[] TextAnnotations)
{
    /// <summary>A vector of Single whose size is known after fitting.</summary>
    internal static OutputShape Vector(string name, params string[] annotations) =>
        new(name, new VectorDataViewType(NumberDataViewType.Single, 1), annotations);

    /// <summary>A vector of Single of known size with slot names.</summary>
    internal static OutputShape NamedVector(string name) => Vector(name, CxrAnnotate.TextAnnotations.SlotNamesKind);

    internal static OutputShape Single(string name) => new(name, NumberDataViewType.Single);

    internal static OutputShape Text(string name, params string[] annotations) => new(name, TextDataViewType.Instance, annotations);

    /// <summary>A vector of text whose size is known after fitting.</summary>
    internal static OutputShape Texts(string name) => new(name, new VectorDataViewType(TextDataViewType.Instance, 1));

    /// <summary>A key of raw type UInt32 whose values have text names.</summary>
    internal static OutputShape TextKey(string name) => new(name, new KeyDataViewType(typeof(uint), 1), CxrAnnotate.TextAnnotations.KeyValuesKind);
}
