namespace CxrAnnotate;

/// <summary>The bounding box of a drawn finding, in pixels of its image.</summary>
/// <param name="Term">The term of the annotation that it belongs to, for example <c>Nodule/lung/apex/right</c>.</param>
/// <param name="X">Left edge.</param>
/// <param name="Y">Top edge.</param>
/// <param name="Width">Width of the box.</param>
/// <param name="Height">Height of the box.</param>
public sealed record PhantomRegion(string Term, int X, int Y, int Width, int Height);
