namespace CxrAnnotate;

/// <summary>How a stage finds what parts of an image speak for a finding.</summary>
public enum ExplanationMethod
{
    /// <summary><see cref="ClassActivation"/> if the network reads its last feature maps linearly, else <see cref="GradCam"/> if it has any, else
    /// <see cref="Occlusion"/>.</summary>
    Automatic,

    /// <summary>
    /// The parts of the last feature maps that add up to the finding's log-odds (class activation map, Zhou et al., CVPR 2016). All networks of this
    /// library but Network in Network read their maps linearly. It costs little more than a reading, and is as coarse as the maps are.
    /// </summary>
    ClassActivation,

    /// <summary>The last feature maps, weighted by the mean gradient of the finding's log-odds (Selvaraju et al., ICCV 2017).</summary>
    GradCam,

    /// <summary>
    /// How far the log-odds fall without the detail of a cell of the image, computed once for each cell. It works for every network, and is what
    /// <see cref="RadiographAnnotator.Explain(string, ExplanationOptions?)"/> does.
    /// </summary>
    Occlusion,
}
