namespace CxrAnnotate;

/// <summary>The image networks. All of them end in an embedding of 1024 numbers per image.</summary>
public enum CnnArchitecture
{
    /// <summary>
    /// ResNet-18 (He et al., 2016) at half width, pooled over the four quadrants of the image: 256 channels x 4 = 1024. Fast on a CPU.
    /// </summary>
    ResNet18Slim,

    /// <summary>ResNet-18 (He et al., 2016), pooled over the left and the right half of the image: 512 channels x 2 = 1024.</summary>
    ResNet18,

    /// <summary>
    /// Network in Network (Lin et al., 2014) as in the paper: four blocks of one spatial and two 1x1 convolutions, global average pooling.
    /// </summary>
    NetworkInNetwork,

    /// <summary>
    /// GoogLeNet with batch normalisation of the stem and the reductions, as in the paper: ten inception modules, global average pooling.
    /// </summary>
    GoogLeNet,
}
