namespace CxrAnnotate;

/// <summary>How a radiograph of any shape becomes one of the asked height and width.</summary>
public enum ImageFit
{
    /// <summary>Height and width are scaled apart from each other; the aspect is not kept. What the paper does.</summary>
    Squeeze,

    /// <summary>The whole radiograph, its aspect kept, centred on black.</summary>
    Pad,

    /// <summary>The largest centred part of the asked aspect; what is outside is cut off.</summary>
    CentreCrop,
}
