namespace CxrAnnotate;

/// <summary>Values of columns that name no person and no institution, so that they may be handed on.</summary>
public static class PublicNames
{
    /// <summary>Whether a source is a public collection that this library knows by name, or drawn.</summary>
    /// <param name="source">The source of a row.</param>
    public static bool IsSource(string source) =>
        source == PhantomWriter.Source || DataSetForm.Sources.Contains(source, StringComparer.Ordinal);

    /// <summary>Whether a view is a frontal or lateral one by its usual name (PA, AP, LATERAL, ...).</summary>
    /// <param name="view">The view of a row.</param>
    public static bool IsView(string view) => RadiographView.IsFrontal(view) || RadiographView.IsLateral(view);
}
