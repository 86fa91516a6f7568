namespace CxrAnnotate;

/// <summary>
/// The pixels that a finding changes: those whose attenuation differs by 0.01 or more from the same patient, in the same pose, without the finding.
/// Lung has about 0.25, soft tissue 0.6.
/// </summary>
/// <param name="Term">The term of the annotation that it belongs to, for example <c>Nodule/lung/apex/right</c>.</param>
/// <param name="Width">Width of the image in pixels.</param>
/// <param name="Height">Height of the image in pixels.</param>
/// <param name="Pixels">Row-major, 255 where the finding is and 0 elsewhere.</param>
public sealed record PhantomMask(string Term, int Width, int Height, byte[] Pixels);
