namespace CxrAnnotate;

/// <summary>One drawn radiograph of a phantom study.</summary>
/// <param name="View"><c>Frontal</c> or <c>Lateral</c>.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Pixels">8-bit grey values, row-major, air dark and bone bright (MONOCHROME2). On a frontal image the patient's right is on the
/// image's left.</param>
/// <param name="Regions">Where each finding was drawn, in the order of the annotation's terms. A finding that a view cannot show has no region
/// there.</param>
public sealed record PhantomImage(string View, int Width, int Height, byte[] Pixels, IReadOnlyList<PhantomRegion> Regions)
{
    internal const string FrontalView = "Frontal";
    internal const string LateralView = "Lateral";
}
