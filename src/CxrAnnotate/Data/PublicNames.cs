namespace CxrAnnotate;

/// <summary>Recognizes column values that identify no person or institution, so that they may be published.</summary>
public static class PublicNames
{
    /// <summary>Whether a source is a public collection known to this library, or the phantom.</summary>
    /// <param name="source">The source of a row.</param>
    public static bool IsSource(string source) =>
        source == PhantomWriter.Source || DataSetForm.Sources.Contains(source, StringComparer.Ordinal);

    /// <summary>Whether a view has a usual name of a frontal or lateral view (PA, AP, LATERAL, ...).</summary>
    /// <param name="view">The view of a row.</param>
    public static bool IsView(string view) => RadiographView.IsFrontal(view) || RadiographView.IsLateral(view);
}
