namespace CxrAnnotate;

/// <summary>Values of columns that name no person and no institution, so that they may be handed on.</summary>
internal static class PublicNames
{
    /// <summary>Whether a source is a public collection that this library knows by name, or drawn.</summary>
    internal static bool IsSource(string source) =>
        source
            is OpenIImages.Source
                or Nih14Reader.Source
                or CheXpertReader.Source
                or MimicCxrReader.Source
                or PadChestReader.Source
                or PhantomWriter.Source;

    /// <summary>Whether a view is one of those that have a name.</summary>
    internal static bool IsView(string view) => RadiographView.IsFrontal(view) || RadiographView.IsLateral(view);
}
