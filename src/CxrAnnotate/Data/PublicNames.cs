namespace CxrAnnotate;

/// <summary>Values of columns that name no person and no institution, so that they may be handed on.</summary>
public static class PublicNames
{
    /// <summary>Whether a source is a public collection that this library knows by name, or drawn.</summary>
    /// <param name="source">The source of a row.</param>
    public static bool IsSource(string source) =>
        source
            is OpenIImages.Source
                or Nih14Reader.Source
                or CheXpertReader.Source
                or MimicCxrReader.Source
                or PadChestReader.Source
                or PhantomWriter.Source;

    /// <summary>Whether a view is a frontal or lateral one by its usual name (PA, AP, LATERAL, ...).</summary>
    /// <param name="view">The view of a row.</param>
    public static bool IsView(string view) => RadiographView.IsFrontal(view) || RadiographView.IsLateral(view);
}
