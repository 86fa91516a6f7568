namespace CxrAnnotate;

/// <summary>
/// How training images are augmented. Every class is augmented with the same distribution: the paper's code cropped only the copies of diseased
/// images at random, so that the crop itself gave the class away. Images are augmented anew in every epoch.
/// </summary>
public sealed record AugmentationOptions
{
    /// <summary>No augmentation: the centre crop.</summary>
    public static AugmentationOptions None { get; } =
        new()
        {
            Shift = 0,
            Rotation = 0,
            Scale = 0,
            Gamma = 0,
            Noise = 0,
            Erase = 0,
        };

    /// <summary>Random crops only, as in the paper: any offset that the margin between image and crop allows.</summary>
    public static AugmentationOptions RandomCrop { get; } = None with { Shift = 1 };

    /// <value>Largest shift as a fraction of the margin between image and network input, 0 to 2 (above 1 the border is repeated). The default value
    /// is 1.</value>
    public double Shift { get; init; } = 1;

    /// <value>Largest rotation in degrees, 0 to 45. The default value is 8.</value>
    public double Rotation { get; init; } = 8;

    /// <value>Largest relative change of size, 0 to 0.5. The default value is 0.1.</value>
    public double Scale { get; init; } = 0.1;

    /// <value>Largest natural logarithm of the exponent that the grey values are raised to, 0 to 1. The default value is 0.25.</value>
    public double Gamma { get; init; } = 0.25;

    /// <value>Largest standard deviation of added noise, in standard deviations of the image, 0 to 1. The default value is 0.1.</value>
    public double Noise { get; init; } = 0.1;

    /// <value>Probability that a random rectangle (up to a sixth of the image) is blanked, 0 to 1. The default value is 0.</value>
    public double Erase { get; init; }

    /// <value>
    /// Probability that an image is mirrored left to right, 0 to 0.5; left and right are swapped in its annotation, and if its label depends on the
    /// side, it counts for the whole base label. The default value is 0.
    /// </value>
    public double Mirror { get; init; }

    internal void Check()
    {
        Require(Shift is >= 0 and <= 2, nameof(Shift), Shift, "from 0 to 2");
        Require(Rotation is >= 0 and <= 45, nameof(Rotation), Rotation, "from 0 to 45 degrees");
        Require(Scale is >= 0 and <= 0.5, nameof(Scale), Scale, "from 0 to 0.5");
        Require(Gamma is >= 0 and <= 1, nameof(Gamma), Gamma, "from 0 to 1");
        Require(Noise is >= 0 and <= 1, nameof(Noise), Noise, "from 0 to 1");
        Require(Erase is >= 0 and <= 1, nameof(Erase), Erase, "from 0 to 1");
        Require(Mirror is >= 0 and <= 0.5, nameof(Mirror), Mirror, "from 0 to 0.5");
    }

    private static void Require(bool holds, string option, double value, string range)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(option, value, ErrorCode.OptionOutOfRange.Message($"Augmentation.{option} must be {range}."));
    }
}
