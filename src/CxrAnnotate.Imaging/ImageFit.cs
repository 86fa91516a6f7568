namespace CxrAnnotate;

/// <summary>How a radiograph of any shape is fitted to the requested height and width.</summary>
public enum ImageFit
{
    /// <summary>Height and width are scaled independently; the aspect ratio is not kept. This is what the paper does.</summary>
    Squeeze,

    /// <summary>The whole radiograph with its aspect ratio, centred on black.</summary>
    Pad,

    /// <summary>The largest centred part with the requested aspect ratio; the rest is cropped.</summary>
    CentreCrop,
}
